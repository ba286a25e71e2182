"""Multiplies a map with the gate that a module makes of it: a gate alone is no map of features."""

from torch import Tensor, nn


class Gated(nn.Module):
    """x · gate(x).

    Args:
        gate: maps `b c h w` to what is multiplied with it: `b c 1 1`, `b 1 h w`.
    """

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor, *sizes: int) -> Tensor:
        return x * self.gate(x, *sizes)
