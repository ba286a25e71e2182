"""A second width is written into the constructor as a number."""

import torch
from torch import nn

EXAMPLE = {"dim": 64}
INPUT = (2, 64, 12, 12)
ROLES = {"in": "dim"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.scale = nn.Parameter(torch.ones(64, 1, 1))

    def forward(self, x):
        return self.conv(x) * self.scale


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        return self.conv(x) * self.scale
