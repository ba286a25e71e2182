"""`finite`: no NaN and no infinity, forward and backward, in float32 and under autocast."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.autocast import cuda_like_autocast, unsupported
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    as_activations,
    call,
    failed,
    passed,
    projection,
    tensors,
    warned,
    worst,
)

LARGE = 100.0
"""exp overflows float32 beyond 88, so an unprotected one shows at a hundred standard deviations."""


def check(context: Context) -> Outcome:
    """Feed normal, negative, zero and large values; look at outputs and at every gradient.

    Zero maps are common (padding, a dead ReLU channel), so they must be finite backward too. But each
    norm of a constant map multiplies the gradient by 1/√eps: what a deep chain of norms overflows in
    float32 alone is no flaw. Large values warn. Under float16 autocast only the outputs count, since
    the trainer scales gradients there. Fooled by what overflows at other values or on larger maps.
    """
    return worst(_findings(context), passed("finite for normal, negative, zero and large input"))


def _findings(context: Context) -> Iterator[Outcome]:
    module, sound = context.module(train=True, lively=True), True
    for what, scale in (("normal", None), ("negative", -1.0), ("zero", 0.0)):
        inputs = tuple(
            _scaled(input, scale) for input in context.subject.inputs(requires_grad=True)
        )
        flaws = [*_flaws(module, inputs, what)]
        if flaws and scale == 0.0 and _is_finite_in_double(module, inputs, what):
            continue
        sound = sound and not flaws
        yield from (failed(flaw, _HINT) for flaw in flaws)
    if sound:
        yield from _large(context)
        yield from _half(context)


_HINT = "guard the argument: `x.clamp(min=eps)`, `sqrt(x + eps)`, softmax for exp over its sum"

_HALF_HINT = "divide before the sum or product, mask with -inf, or compute in float32: `x.float()`"


def _scaled(value: Any, scale: float | None) -> Any:
    """A leaf with all elements negative, or all zero; unchanged for None."""
    if scale is None or not isinstance(value, Tensor):
        return value
    return (value.detach().abs() * scale).requires_grad_(value.requires_grad)


def _flaws(module: nn.Module, inputs: tuple[Any, ...], what: str) -> Iterator[str]:
    """What is not finite for these inputs: the output, else the gradients of it."""
    module.zero_grad()
    output = tensors(call(module, as_activations(inputs)))
    if not _finite(output):
        yield f"the output has NaN or infinity for {what} input"
        return
    loss = projection(output)
    if loss is None:
        return
    torch.autograd.backward(loss)
    named: list[tuple[str, Tensor]] = [
        (f"`{name}`", weight) for name, weight in module.named_parameters()
    ]
    named += [("the input", input) for input in inputs if isinstance(input, Tensor)]
    bad = [name for name, tensor in named if tensor.grad is not None and not _finite([tensor.grad])]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        yield f"the gradient of {bad[0]}{more} has NaN or infinity for {what} input"


def _is_finite_in_double(module: nn.Module, inputs: tuple[Any, ...], what: str) -> bool:
    """Whether the same in float64 is finite; not where the module cannot be run in it."""
    wide = [
        input.detach().double().requires_grad_(input.requires_grad) if _is_real(input) else input
        for input in inputs
    ]
    try:
        return not [*_flaws(copy.deepcopy(module).double(), tuple(wide), what)]
    except Exception:
        return False


def _is_real(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _finite(values: Any) -> bool:
    return all(bool(value.isfinite().all()) for value in values)


def _large(context: Context) -> Iterator[Outcome]:
    inputs = [
        input * LARGE if isinstance(input, Tensor) else input for input in context.subject.inputs()
    ]
    with torch.no_grad():
        output = tensors(call(context.module(lively=True), inputs))
    if not _finite(output):
        yield warned(
            f"the output overflows for input {LARGE:.0f} times as large as normal",
            "subtract the maximum before exp, or normalise first",
        )


def _half(context: Context) -> Iterator[Outcome]:
    """Autocast in float16; what raises in bfloat16 too is a matter of dtypes, and told there."""
    found = _under_autocast(context, torch.float16)
    if not isinstance(found, Exception):
        if not _finite(found):
            yield failed(
                "the output overflows in float16 under autocast (largest value 65504)",
                _HALF_HINT,
            )
    elif not unsupported(found) and not isinstance(
        _under_autocast(context, torch.bfloat16), Exception
    ):
        yield failed(f"under float16 autocast it raises {context.told(found)}", _HALF_HINT)


def _under_autocast(context: Context, dtype: torch.dtype) -> tuple[Tensor, ...] | Exception:
    try:
        with torch.no_grad(), cuda_like_autocast(dtype):
            return tensors(call(context.module(lively=True), context.subject.inputs()))
    except Exception as error:
        return error
