"""A position table of the demo's size."""

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, size=12):
        super().__init__()
        self.position = nn.Parameter(torch.randn(1, dim, size, size))

    def forward(self, x):
        return x + self.position


class Clean(nn.Module):
    def __init__(self, dim, size=12):
        super().__init__()
        self.position = nn.Parameter(torch.randn(1, dim, size, size))

    def forward(self, x):
        return x + F.interpolate(self.position, size=x.shape[2:], mode="bilinear")
