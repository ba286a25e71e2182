"""A sigmoid's result, which its backward needs, is changed in place."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gate = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        gate = self.gate(x).sigmoid()
        gate *= 2
        return x * gate


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gate = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        gate = self.gate(x).sigmoid()
        gate = gate * 2
        return x * gate
