"""How much a search has done: counts, so that the same file gives the same answer on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

_WEIGHED = {"conv1d", "conv2d", "conv3d", "linear"}  # each output sums over one filter
_PRODUCTS = {"matmul", "__matmul__", "bmm"}  # each output sums over the last axis of the first

# A unit is about a nanosecond of one core.
_TRY = 2**20  # to build, to make inputs, to see what failed
_STEP = 2**14  # to call an operator
_PARALLEL = 16  # multiply-adds at once


@dataclass
class Work:
    """What was built and computed so far."""

    units: int = 0

    def build(self, module: nn.Module | None) -> None:
        """Count a construction; None: it raised."""
        self.units += _TRY + (0 if module is None else weights_of(module))

    def forward(self, steps: int) -> None:
        """Count a forward whose operators took so much."""
        self.units += _TRY + steps


def weights_of(module: nn.Module) -> int:
    """How many numbers a module holds; what it makes at its first call is not there yet."""
    held = (*module.parameters(), *module.buffers())
    return sum(tensor.numel() for tensor in held if not is_lazy(tensor))


def step(name: str, args: Sequence[Any], result: object) -> int:
    """What one operator took, by what it gave and what it summed over."""
    if not isinstance(result, Tensor):
        return _STEP
    numbers = prod(result.shape)
    return _STEP + numbers + numbers * _summed(name, args) // _PARALLEL


def _summed(name: str, args: Sequence[Any]) -> int:
    tensors = [arg for arg in args[:2] if isinstance(arg, Tensor)]
    if name in _WEIGHED and len(tensors) == 2:
        return prod(tensors[1].shape[1:])
    return tensors[0].shape[-1] if name in _PRODUCTS and tensors and tensors[0].dim() else 0
