"""`exports`: torch.export takes the module with dynamic sizes and the result is the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.battery.checks.compiles import HINT, reason
from fusion_cli.runtime.battery.context import (
    SAME,
    Context,
    Outcome,
    call,
    difference,
    failed,
    passed,
    tensors,
    warned,
)

DYNAMIC = frozenset("bhwn")


def check(context: Context) -> Outcome:
    """Export with batch, height and width left open; where that is refused, with fixed sizes.

    Compared at another batch and size than the exported one. A refusal warns, another result fails.
    """
    try:
        return _compared(context, exported(context, dynamic=True), dynamic=True)
    except Exception as error:
        refusal = reason(context, error)
    try:
        fixed = _compared(context, exported(context, dynamic=False), dynamic=False)
    except Exception as error:
        return warned(f"torch.export refuses it: {reason(context, error)}", HINT)
    if fixed.status == "failed":
        return fixed
    return warned(
        f"torch.export takes it with fixed sizes only: {refusal}",
        "take batch, height and width from the input's shape, also in tables made beforehand",
    )


def exported(context: Context, dynamic: bool) -> torch.export.ExportedProgram:
    """The module in eval mode as an exported program."""
    module, inputs = context.module(lively=True), context.subject.inputs()
    shapes = dynamic_shapes(context, inputs) if dynamic else None
    with torch.no_grad():
        return torch.export.export(_Positional(module), (inputs,), dynamic_shapes=shapes)


def dynamic_shapes(context: Context, inputs: tuple[Any, ...]) -> Any:
    """Which axes are left open, in the form that torch.export takes."""
    auto = torch.export.Dim.AUTO
    return (
        tuple(
            (
                {i: auto for i, name in enumerate(names) if name[:1] in DYNAMIC and name != "n2"}
                if isinstance(input, Tensor)
                else None
            )
            for names, input in zip(context.subject.axes(), inputs, strict=True)
        ),
    )


class _Positional(nn.Module):
    """A module called with one tuple, whatever its forward names its parameters."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: tuple[Any, ...]) -> Any:
        return self.module(*inputs)


def _compared(context: Context, program: torch.export.ExportedProgram, dynamic: bool) -> Outcome:
    inputs = other_inputs(context) if dynamic else context.subject.inputs(seed=5)
    with torch.no_grad():
        expected = tensors(call(context.module(lively=True), inputs))
        found = tensors(program.module()(inputs))
    distance = difference(found, expected)
    if distance > SAME:
        return failed(f"exported it computes something else ({distance:.1%})")
    return passed(
        "one graph with dynamic batch and sizes, equal results" if dynamic else "equal results"
    )


def other_inputs(context: Context) -> tuple[Any, ...]:
    """Inputs of another batch, and of another size where the module takes one."""
    size = context.subject.size()
    larger = (size[0] * 2, size[1] * 2) if size else None
    takes = larger and not isinstance(context.trial(3, larger), Exception)
    return context.subject.inputs(batch=3, size=larger if takes else None, seed=5)
