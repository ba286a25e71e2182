"""Whether a module of tokens maps each by itself, so that it takes any layout with channels last."""

from __future__ import annotations

import torch
from torch import nn

from fusion_cli.runtime.battery.context import enliven, tensors
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.observe.attempt import Outcome, Probe
from fusion_cli.runtime.observe.feed import TOKENS
from fusion_cli.runtime.subject import in_mode


def is_pointwise(probe: Probe, outcome: Outcome) -> bool:
    """Whether what the class makes of `b (h w) c` it makes of `b h w c` too."""
    if outcome.feed.names != (TOKENS,) or outcome.feed.packing != "apart":
        return False
    module = in_mode(probe.build(outcome.args), training=False)
    enliven(module)
    x = torch.randn(2, 15, outcome.feed.width, generator=torch.Generator().manual_seed(1))
    tokens, pixels = _output(module, x), _output(module, x.unflatten(1, (3, 5)))
    if tokens is None or pixels is None or pixels.ndim != 4 or pixels.shape[1:3] != (3, 5):
        return False
    return torch.allclose(tokens, pixels.flatten(1, 2), rtol=1e-4, atol=1e-5)


def _output(module: nn.Module, x: torch.Tensor) -> torch.Tensor | None:
    """The only output of the module for an input, if it takes that."""
    try:
        with torch.no_grad(), seeded(0):
            outputs = tensors(module(x))
    except (Exception, SystemExit):
        return None
    return outputs[0] if len(outputs) == 1 else None
