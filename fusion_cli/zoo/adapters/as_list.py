"""Hands its inputs over as one list, for a module that takes them so."""

from torch import Tensor, nn


class AsList(nn.Module):
    """module([x, y]) as a module of x and y.

    Args:
        module: its forward takes one list of tensors.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.module(list(inputs))
