"""`sizes`: no spatial size and no batch size is baked in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import torch

from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import layout, space
from fusion_cli.runtime.battery.checks.forward import unlike_contract
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    Size,
    call,
    passed,
    shape_text,
    skipped,
    warned,
    worst,
)
from fusion_cli.runtime.battery.pace import TooSlow

_HINT = "take height and width from the input's shape, or interpolate what has a fixed size"


def check(context: Context) -> Outcome:
    """Run wide, tall, odd, smaller and larger maps than the base run's, and train on one sample.

    What is refused warns, since it restricts where the module can stand, with the multiple that
    would do. Fooled by a module that takes every size and treats some of them wrongly.
    """
    sound = passed("any size works, and a training batch of 1")
    if context.subject.size() is None:
        sound = skipped("the input has no height and width")
    return worst(chain(_maps(context), _one_size(context), _single(context)), sound)


def _maps(context: Context) -> Iterator[Outcome]:
    base = context.subject.size()
    if base is None:
        return
    refusals = _refusals(context, base)
    refused = [size for size, reason in refusals.items() if reason]
    if refused:
        works = [base, *(size for size in refusals if size not in refused)]
        listed = ", ".join(shape_text(size) for size in refused)
        yield warned(
            f"{_law(context, works, refused)}: {listed} refused ({refusals[refused[0]]})",
            _mend(works, base),
        )


def _refusals(context: Context, base: Size) -> dict[Size, str]:
    """What speaks against each size that is tried; a slow module is tried on fewer."""
    found: dict[Size, str] = {}
    try:
        for size in _sizes(base):
            found[size] = _refusal(context, size)
    except TooSlow:
        if not any(found.values()):
            raise
    return found


def _one_size(context: Context) -> Iterator[Outcome]:
    """The size that the contract gives in numbers, where another is refused indeed."""
    axes = context.subject.observation.contract.inputs[0]
    if layout(axes) == "other":
        return
    shape = context.subject.shapes()[0]
    fixed = [at for at, axis in enumerate(axes) if axis in space(axes) and not axis.names]
    reasons = [_refusal_of(context, _scaled(shape, fixed, by)) for by in (2, 1.5)] if fixed else []
    if fixed and all(reasons):
        size = shape_text([shape[at] for at in fixed])
        what = f"only {size} works" if len(fixed) > 1 else f"only a length of {size} works"
        larger = shape_text([2 * shape[at] for at in fixed])
        yield warned(f"{what}: {larger} refused ({reasons[0]})", _HINT)


def _scaled(shape: Shape, places: list[int], by: float) -> Shape:
    return tuple(int(n * by) if at in places else n for at, n in enumerate(shape))


def _refusal_of(context: Context, shape: Shape) -> str:
    """What the module raises for a first input of that shape; empty where it runs."""
    first, *rest = context.subject.inputs()
    error = context.raised((torch.randn(shape, dtype=first.dtype), *rest))
    return context.told(error) if error else ""


def _sizes(base: Size) -> tuple[Size, ...]:
    """Wide, smaller, tall, odd and larger than the base: two tell whether square maps alone work."""
    height, width = base
    return (
        (height, 2 * width),
        (height // 2, width // 2),
        (2 * height, width),
        (height - 1, width - 3),
        (height * 3 // 2, width * 3 // 2),
    )


def _refusal(context: Context, size: Size) -> str:
    """What speaks against a size; empty where it works."""
    found = context.trial(2, size)
    if isinstance(found, Exception):
        return context.told(found)
    return "; ".join(unlike_contract(context.subject, found, 2, size))


def _law(context: Context, works: list[Size], refused: list[Size]) -> str:
    """What the sizes that work have in common and the refused ones lack."""
    if len(works) == 1:
        return f"only {shape_text(works[0])} works"
    if all(h == w for h, w in works) and all(h != w for h, w in refused):
        return "only square maps work"
    common = math.gcd(*(length for size in works for length in size))
    for divisor in (d for d in range(2, common + 1) if common % d == 0):
        refuted = any(h % divisor == 0 and w % divisor == 0 for h, w in refused)
        height, width = works[0]
        if not refuted and not _refusal(context, (height + divisor, width + divisor)):
            return f"only multiples of {divisor} work"
    return f"not every size works (these do: {', '.join(shape_text(size) for size in works)})"


def _mend(works: list[Size], base: Size) -> str:
    if works == [base]:
        return _HINT
    return "pad to the multiple and crop, or take height and width from the input's shape"


def _single(context: Context) -> Iterator[Outcome]:
    """A training batch of 1, where a larger one trains and one sample can be evaluated."""
    if isinstance(context.trial(1), Exception):
        return  # `forward` tells of it
    with torch.no_grad():
        try:
            call(context.module(train=True), context.subject.inputs(batch=2))
        except Exception:
            return
        try:
            call(context.module(train=True), context.subject.inputs(batch=1))
        except Exception as error:
            yield warned(
                f"a training batch of 1 raises {context.told(error)}",
                "no BatchNorm behind a global pool: use GroupNorm or LayerNorm, or none",
            )
