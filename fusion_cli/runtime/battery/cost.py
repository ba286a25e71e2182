"""Parameters and floating point operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from fusion_cli.model.report import Cost
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.subject import Subject, in_mode


def cost(subject: Subject) -> Cost:
    """What one forward of the base run costs at batch 1, in eval mode.

    A multiplication and an addition count as two operations, as torch's FlopCounterMode counts
    them: matrix products, convolutions and attention, not what is done element by element.
    """
    module = in_mode(subject.build(), training=False)
    counter = FlopCounter()
    with torch.no_grad(), seeded(0), counter:
        module(*subject.inputs(batch=1))
    params = sum(parameter.numel() for parameter in module.parameters())
    return Cost(params, counter.flops)


class FlopCounter(TorchDispatchMode):
    """Sums torch's own formulas, as FlopCounterMode does.

    That class also tracks submodules, and to enter it imports the compiler, which takes as long as
    torch itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to be skipped by the compiler, it would have to be imported

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        formula: Callable[..., int] | None = flop_registry.get(func._overloadpacket)
        if formula is None and func is not torch.ops.prim.device.default:
            with self:
                parts = func.decompose(*args, **given)
            if parts is not NotImplemented:
                return parts
        result = func(*args, **given)
        if formula is not None:
            self.flops += formula(*args, **given, out_val=result)
        return result
