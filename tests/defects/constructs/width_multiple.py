"""Sixteen groups are demanded of every width."""

from torch import nn

EXAMPLE = {"dim": 32}
INPUT = (2, 32, 12, 12)
ROLES = {"in": "dim", "out": "dim"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.GroupNorm(16, dim)

    def forward(self, x):
        return self.norm(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.GroupNorm(1, dim)

    def forward(self, x):
        return self.norm(x)
