"""Parameters and floating point operations."""

from __future__ import annotations

import torch

from fusion_cli.model import Cost
from fusion_cli.runtime.subject import Subject, seeded


def cost(subject: Subject) -> Cost:
    """What one forward of the base run costs at batch 1, in eval mode.

    A multiplication and an addition count as two operations, as torch's FlopCounterMode counts
    them: matrix products, convolutions and attention, not what is done element by element.
    """
    from torch.utils.flop_counter import FlopCounterMode

    module = subject.build().eval()
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), seeded(0), counter:
        module(*subject.inputs(batch=1))
    params = sum(parameter.numel() for parameter in module.parameters())
    return Cost(params, counter.get_total_flops())
