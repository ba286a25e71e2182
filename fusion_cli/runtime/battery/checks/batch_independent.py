"""`batch_independent`: in eval mode one sample's output does not depend on the others."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    call,
    difference,
    failed,
    passed,
    skipped,
    tensors,
)


def check(context: Context) -> Outcome:
    """Exchange the second sample of a batch of two and compare what comes out for the first.

    The new one is ten times as large, so that it moves extremes and means alike. Weights that
    start at zero are moved off it, for they would hide a mixing branch. Fooled by a dependence
    weaker than the comparison (1e-3 of the output).
    """
    axes = context.subject.axes()
    if not any("b" in names for names in axes):
        return skipped("the input has no batch axis")
    module, inputs = context.module(lively=True), context.subject.inputs(batch=2)
    other = context.subject.inputs(batch=2, seed=5)
    mixed = tuple(_mixed(*pair) for pair in zip(inputs, other, axes, strict=True))
    with torch.no_grad():
        expected, found = tensors(call(module, inputs)), tensors(call(module, mixed))
    rows = [
        (tensor.unbind(_batch_axis(tensor))[0], another.unbind(_batch_axis(another))[0])
        for tensor, another in zip(found, expected, strict=True)
        if 2 in tensor.shape
    ]
    if not rows:
        return skipped("the output has no batch axis")
    distance = difference([one for one, _ in rows], [another for _, another in rows])
    if distance > SAME:
        return failed(
            f"exchanging the second sample changes the first one's output by {distance:.1%}",
            "softmax, mean and norm over the channels or the positions of one sample, never over "
            "dim 0; `batch_first=True` for nn.MultiheadAttention",
        )
    return passed("the first sample's output does not change with the second")


def _mixed(value: Any, other: Any, names: tuple[str, ...]) -> Any:
    """The first sample of one input with the second of another, enlarged."""
    if not isinstance(value, Tensor) or "b" not in names:
        return value
    axis = names.index("b")
    return torch.cat([value.narrow(axis, 0, 1), 10 * other.narrow(axis, 1, 1)], axis)


def _batch_axis(output: Tensor) -> int:
    """The batch comes first, in every layout of the field but the sequence-first one."""
    return 0 if output.shape[0] == 2 else list(output.shape).index(2)
