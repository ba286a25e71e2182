"""A branch on a tensor's value breaks the graph."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        if y.mean() > 100:
            y = y / 100
        return y


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        return torch.where(y.mean() > 100, y / 100, y)
