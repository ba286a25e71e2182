"""`modes`: train and eval give outputs of one form; eval is deterministic and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.context import (
    AGAIN,
    Context,
    Outcome,
    call,
    difference,
    failed,
    passed,
    state_of,
    structure,
    tensors,
    worst,
)

SEEDS = (2, 3, 4, 5)
"""A choice between three, drawn once, is the same for all of them and the first in 1 of 81 modules."""

_KEEP = "keep nothing of one forward for the next, or only what depends on the shape"


def check(context: Context) -> Outcome:
    """Run train mode, then eval mode from different random states; then another input.

    Fooled by randomness of a generator of the module's own that repeats by chance.
    """
    if context.broken_training:
        return failed(f"in train mode it raises {context.told(context.broken_training)}")
    module = context.module(train=True, lively=True)
    inputs = context.subject.inputs  # new ones for each call: what changes them is found by `pure`
    with torch.no_grad():
        trained = structure(call(module, inputs()))
        if module.eval() is not module:
            return failed("`eval()` does not return the module", "return self from `train`")
        findings = [*_eval(module, inputs)] or [*_stale(context)]
        evaluated = structure(call(module, inputs()))
    if trained != evaluated:
        findings.append(
            failed(
                f"train mode gives {trained}, eval mode {evaluated}",
                "give the same form in both modes",
            )
        )
    return worst(findings, passed("the same form in both; eval is deterministic"))


def _eval(module: nn.Module, inputs: Callable[[], tuple[Any, ...]]) -> Iterator[Outcome]:
    before = {name: tensor.clone() for name, tensor in state_of(module)}
    first = tensors(call(module, inputs(), seed=1))
    others = [tensors(call(module, inputs(), seed=seed)) for seed in SEEDS]
    again = tensors(call(module, inputs(), seed=1))
    if _differ(first, again):
        yield failed("in eval mode a second forward of the same input gives another output", _KEEP)
    elif any(_differ(first, other) for other in others):
        yield failed(
            "in eval mode the output is random",
            "pass `training=self.training` to F.dropout; draw noise only in training",
        )
    changed = [
        n for n, tensor in state_of(module) if n not in before or not _equal(tensor, before[n])
    ]
    if changed:
        yield failed(
            f"forward in eval mode changes {', '.join(f'`{name}`' for name in changed[:4])}",
            "update buffers only `if self.training`",
        )


def _stale(context: Context) -> Iterator[Outcome]:
    """Whether an instance that has seen another input gives what a new one gives."""
    new, used = context.module(lively=True), context.module(lively=True)
    call(used, context.subject.inputs())
    expected = tensors(call(new, context.subject.inputs(seed=5)))
    if _differ(tensors(call(used, context.subject.inputs(seed=5))), expected):
        yield failed("in eval mode the output depends on what was the input before", _KEEP)


def _equal(tensor: Tensor, other: Tensor) -> bool:
    return tensor.shape == other.shape and torch.equal(tensor, other)


def _differ(tensors: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> bool:
    return len(tensors) != len(other) or difference(tensors, other) > AGAIN
