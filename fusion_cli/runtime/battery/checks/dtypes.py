"""`dtypes`: float64, bfloat16 and autocast work; no constant of a fixed dtype gets in the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor

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

MEND = "make constants in the input's dtype: `torch.zeros(…, dtype=x.dtype, device=x.device)`"


def check(context: Context) -> Outcome:
    """Convert the module to each dtype and look at what comes out; train under autocast.

    Autocast is the common path of training, so what raises there fails; weights in another dtype
    are rarer, so they warn. What the CPU has no kernel for counts for nothing. Fooled by a loss
    of precision inside that does not show in the output's dtype.
    """
    findings = chain(
        _converted(context, torch.float64),
        _converted(context, torch.bfloat16),
        _autocast(context),
    )
    return worst(findings, passed("float64, bfloat16 and autocast"))


def _converted(context: Context, dtype: torch.dtype) -> Iterator[Outcome]:
    """Weights and input in a dtype, in eval mode."""
    name = str(dtype).removeprefix("torch.")
    plain = {tensor.dtype for tensor in _floats(context, torch.float32)}
    try:
        found = {tensor.dtype for tensor in _floats(context, dtype)}
    except Exception as error:
        if not unsupported(error):
            yield warned(f"{name} weights: {context.told(error)}", MEND)
        return
    if plain == {torch.float32} and found != {dtype}:
        others = ", ".join(sorted(str(one).removeprefix("torch.") for one in found - {dtype}))
        yield warned(f"{name} weights and input give {others}", MEND)


def _floats(context: Context, dtype: torch.dtype) -> list[Tensor]:
    module = context.module().to(dtype)
    with torch.no_grad():
        output = tensors(call(module, context.subject.inputs(dtype=dtype)))
    return [tensor for tensor in output if tensor.is_floating_point()]


def _autocast(context: Context) -> Iterator[Outcome]:
    if context.broken_backward:
        return  # with or without autocast: `gradients` tells of it
    module = context.module(train=True)
    inputs = context.subject.inputs(requires_grad=True)
    try:
        with cuda_like_autocast(torch.bfloat16):
            loss = projection(tensors(call(module, as_activations(inputs))))
        if loss is not None:
            torch.autograd.backward(loss)
    except Exception as error:
        if not unsupported(error):
            yield failed(
                f"under autocast it raises {context.told(error)}",
                "bring both sides to one dtype: `.to(x.dtype)`",
            )
