"""Whether a module gates already: whether its output stays between 0 and 1 whatever it is given."""

from __future__ import annotations

import torch

from fusion_cli.runtime.battery.context import enliven, tensors
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.observe.attempt import Outcome, Probe

_FACTORS = (1.0, -1.0, 1e3, -1e3)
"""What inputs are multiplied with: what is bounded by chance (a mean of absolute values, weights
that start at zero) leaves 0 … 1 where the input is large and the weights are stirred."""


def is_bounded(probe: Probe, outcome: Outcome) -> bool:
    """Whether the only output of the class lies between 0 and 1 for inputs of every size."""
    if len(outcome.outputs) != 1:
        return False
    module = probe.build(outcome.args)
    enliven(module)
    return all(_lies_within(module, outcome.feed.arguments(), factor) for factor in _FACTORS)


def _lies_within(module: torch.nn.Module, inputs: list[object], factor: float) -> bool:
    scaled = [
        [one * factor for one in value] if isinstance(value, list) else value
        for value in (
            input * factor if isinstance(input, torch.Tensor) else input for input in inputs
        )
    ]
    try:
        with torch.no_grad(), seeded(0):
            (output,) = tensors(module(*scaled))
    except (Exception, SystemExit):  # it ran on other numbers: nothing is known of these
        return False
    return bool(((output >= 0) & (output <= 1)).all())
