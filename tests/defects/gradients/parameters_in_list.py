"""Scales for each branch in a plain list of parameters."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes", "device")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.scales = [nn.Parameter(torch.ones(1)) for _ in range(2)]

    def forward(self, x):
        return x * self.scales[0] + self.conv(x) * self.scales[1]


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.scales = nn.ParameterList(torch.zeros(1) for _ in range(2))

    def forward(self, x):
        return x * self.scales[0] + self.conv(x) * self.scales[1]
