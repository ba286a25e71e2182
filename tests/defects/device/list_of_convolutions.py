"""Convolutions in a plain list stay on the CPU."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("gradients", "dtypes", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.layers = [nn.Conv2d(dim, dim, 1) for _ in range(2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(dim, dim, 1) for _ in range(2))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
