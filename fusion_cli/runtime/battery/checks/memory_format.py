"""`memory_format`: channels_last and other strides of the input give the same result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    as_activations,
    call,
    difference,
    failed,
    passed,
    skipped,
    tensors,
    warned,
    worst,
)


def check(context: Context) -> Outcome:
    """Run the same values in channels_last, weights too, and as a crop of a wider map.

    What raises warns, since it restricts where the module can be used; another result fails.
    """
    module, inputs = context.module(lively=True), context.subject.inputs()
    with torch.no_grad():
        expected = tensors(call(module, as_activations(inputs)))
        if difference(tensors(call(module, inputs, seed=1)), expected) > SAME:
            return skipped("two forwards of one input differ (see `modes`)")
    findings = chain(
        _try(context, "channels_last", _channels_last, expected),
        _try(context, "a non-contiguous", _cropped, expected),
    )
    return worst(findings, passed("channels_last and non-contiguous inputs give the same"))


def _try(
    context: Context, what: str, laid_out: Callable[[Any], Any], expected: tuple[Tensor, ...]
) -> Iterator[Outcome]:
    module: nn.Module = context.module(lively=True)
    inputs = tuple(laid_out(input) for input in context.subject.inputs())
    if laid_out is _channels_last:
        for weight in module.parameters():
            weight.data = _channels_last(weight.data)
    try:
        with torch.no_grad():
            found = tensors(call(module, inputs))
    except Exception as error:
        hint = "use `reshape` for `view`" if "view" in str(error) else ""
        yield warned(f"{what} input raises {context.told(error)}", hint)
        return
    distance = difference(found, expected)
    if distance > SAME:
        yield failed(
            f"{what} input gives another result (by {distance:.1%})",
            "index by axes, not by strides: no `as_cropped`, `data_ptr` or flat storage",
        )


def _channels_last(value: Any) -> Any:
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    if isinstance(value, Tensor) and value.dim() in formats:
        return value.contiguous(memory_format=formats[value.dim()])
    return value


def _cropped(value: Any) -> Any:
    """The same values as a crop of a wider tensor: rows that do not follow one another."""
    if not isinstance(value, Tensor) or not value.dim():
        return value
    return torch.cat([value, value[..., :1]], -1)[..., :-1]
