"""Twelve heads share the channels evenly, or not at all."""

from torch import nn

EXAMPLE = {"dim": 48}
INPUT = (2, 48, 12, 12)
ROLES = {"in": "dim", "out": "dim"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, heads=12):
        super().__init__()
        self.mix = nn.Conv2d(dim, dim, 3, padding=1, groups=heads)

    def forward(self, x):
        return self.mix(x)


class Clean(nn.Module):
    def __init__(self, dim, head_dim=4):
        super().__init__()
        self.mix = nn.Conv2d(dim, dim, 3, padding=1, groups=dim // head_dim)

    def forward(self, x):
        return self.mix(x)
