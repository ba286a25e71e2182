"""`forward`: the outputs have the shapes that the contract says, for other batches and sizes too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import torch

from fusion_cli.model.basics import Shape, with_arguments
from fusion_cli.model.contract import Axis, space
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    Size,
    call,
    failed,
    passed,
    shape_text,
    tensors,
    worst,
)
from fusion_cli.runtime.subject import Subject

BATCHES = (1, 3)


def check(context: Context) -> Outcome:
    """Run every observed variant, batches of 1 and 3, and maps twice as wide and twice as tall.

    A size that is refused is a matter for `sizes`, and so are odd ones; here counts the shape of
    what comes out.
    """
    if context.broken:
        return failed(f"the base run raises {context.told(context.broken)}")
    findings = chain(_turned(context), _variants(context), _batches(context), _sizes(context))
    return worst(findings, passed(str(context.subject.observation.contract)))


def _turned(context: Context) -> Iterator[Outcome]:
    """A map whose height and width change places, which no square map shows."""
    contract = context.subject.observation.contract
    given, got = (
        [axis.names for axis in space(axes[0])] for axes in (contract.inputs, contract.outputs)
    )
    if len(given) == 2 and given[0] and given[0] != given[1] and got == given[::-1]:
        yield failed(
            f"height and width have changed places: {contract}",
            "height comes first: `x.shape[-2:]`, `size=(h, w)`, `.reshape(b, c, h, w)`",
        )


def _variants(context: Context) -> Iterator[Outcome]:
    base, *others = context.subject.observation.runs
    for run, found in ((base, context.trial()), *((run, _shapes(context, run)) for run in others)):
        if isinstance(found, Exception):
            yield failed(f"{with_arguments(run.args)} it raises {context.told(found)}")
        elif run.outputs and found != tuple(tuple(shape) for shape in run.outputs):
            yield failed(
                f"{with_arguments(run.args)} expected {_texts(run.outputs)}, "
                f"found {_texts(found)}"
            )


def _shapes(context: Context, run: Run) -> tuple[Shape, ...] | Exception:
    inputs = context.subject.inputs(run)
    try:
        with torch.no_grad():
            output = tensors(call(context.module(run.args, inputs=inputs), inputs))
    except Exception as error:
        return error
    return tuple(tuple(tensor.shape) for tensor in output)


def _batches(context: Context) -> Iterator[Outcome]:
    if not any("b" in names for names in context.subject.axes()):
        return
    for batch in BATCHES:
        found = context.trial(batch)
        if isinstance(found, Exception):
            yield failed(
                f"a batch of {batch} raises {context.told(found)}",
                "take the batch size from the input: `x.shape[0]`, or -1 in a view",
            )
        else:
            wrong = unlike_contract(context.subject, found, batch, None)
            yield from (failed(f"batch of {batch}: {text}") for text in wrong)


def _sizes(context: Context) -> Iterator[Outcome]:
    base = context.subject.size()
    if base is None:
        return
    height, width = base
    for size in ((height, 2 * width), (2 * height, width)):
        found = context.trial(2, size)
        if not isinstance(found, Exception):
            wrong = unlike_contract(context.subject, found, 2, size)
            yield from (failed(f"{shape_text(size)} input: {text}") for text in wrong)


def unlike_contract(
    subject: Subject, found: tuple[Shape, ...], batch: int, size: Size | None
) -> Iterator[str]:
    """Outputs that are not of the contract's shape for an input of that batch and size.

    Of a length that is halved, either rounding is right.
    """
    known = _sizes_of(subject, batch, size)
    for shape, axes in zip(found, subject.observation.contract.outputs, strict=False):
        fits = len(axes) == len(shape) and all(map(_allows, axes, shape, [known] * len(axes)))
        if not fits:
            yield f"expected `{' '.join(map(str, axes))}`, found {shape_text(shape)}"


def _sizes_of(subject: Subject, batch: int, size: Size | None) -> dict[str, int]:
    """What each name of the contract stands for in an input of that batch and size."""
    pairs = zip(subject.axes(), subject.shapes(batch=batch, size=size), strict=True)
    return {name: n for names, shape in pairs for name, n in zip(names, shape, strict=False)}


def _allows(axis: Axis, length: int, known: dict[str, int]) -> bool:
    """Whether an output axis may have that length; one that names something unknown may."""
    if not axis.names <= known.keys():
        return True
    most = axis.size(known)
    return most - sum(product.over > 1 for product in axis.products) <= length <= most


def _texts(shapes: tuple[Shape, ...]) -> str:
    return ", ".join(shape_text(shape) for shape in shapes)
