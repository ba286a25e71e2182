"""`forward`: the outputs have the shapes that the contract says, for other batches and sizes too."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import torch

from fusion_cli.model import Shape
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

BATCHES = (1, 2, 3)


def check(context: Context) -> Outcome:
    """Run every observed variant, batches of 1 to 3, and maps twice as wide and twice as tall.

    A size that is refused is a matter for `sizes`, and so are odd ones; here counts the shape of
    what comes out.
    """
    if context.broken:
        return failed(f"the base run raises {context.told(context.broken)}")
    findings = [*_variants(context), *_batches(context), *_sizes(context)]
    return worst(findings, passed(context.subject.observation.contract))


def _variants(context: Context) -> Iterator[Outcome]:
    for run in context.subject.observation.runs:
        try:
            with torch.no_grad():
                output = tensors(call(context.module(run.args), context.subject.inputs(run)))
        except Exception as error:
            yield failed(f"with {dict(run.args)} it raises {context.told(error)}")
            continue
        found = tuple(tuple(one.shape) for one in output)
        if run.outputs and found != tuple(tuple(shape) for shape in run.outputs):
            yield failed(
                f"with {dict(run.args)} expected {_texts(run.outputs)}, found {_texts(found)}"
            )


def _batches(context: Context) -> Iterator[Outcome]:
    size = context.subject.size()
    for batch in BATCHES if any("b" in names for names in context.subject.axes()) else ():
        found = context.trial(batch, size)
        if isinstance(found, Exception):
            yield failed(
                f"a batch of {batch} raises {context.told(found)}",
                "take the batch size from the input: `x.shape[0]`, or -1 in a view",
            )
        else:
            wrong = unlike_contract(context.subject, found, batch, size)
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
    for shape, axes in zip(found, _output_axes(subject), strict=False):
        wrong = len(axes) != len(shape) or any(
            allowed is not None and length not in allowed
            for length, allowed in zip(shape, _lengths(axes, batch, size), strict=True)
        )
        if wrong:
            yield f"expected `{' '.join(axes)}`, found {shape_text(shape)}"


def _output_axes(subject: Subject) -> tuple[tuple[str, ...], ...]:
    _, _, given = subject.observation.contract.partition("->")
    return tuple(tuple(one.split()) for one in given.split(","))


def _lengths(axes: tuple[str, ...], batch: int, size: Size | None) -> list[set[int] | None]:
    """What each axis of an output may measure; None where the contract leaves it open."""
    known = {"b": batch}
    if size:
        known |= {"h": size[0], "w": size[1], "n": size[0] * size[1]}
    return [_length(axis, known) for axis in axes]


def _length(axis: str, known: dict[str, int]) -> set[int] | None:
    """`h/2` of h = 15 is 7 or 8; `1` is 1; `c2` is open."""
    if axis.isdigit():
        return {int(axis)}
    match = re.fullmatch(r"([a-z]+)(?:([*/])(\d+))?", axis)
    if not match or match[1] not in known:
        return None
    value, factor = known[match[1]], int(match[3] or 1)
    if match[2] == "*":
        return {value * factor}
    return {value // factor, math.ceil(value / factor)}


def _texts(shapes: tuple[Shape, ...]) -> str:
    return ", ".join(shape_text(shape) for shape in shapes)
