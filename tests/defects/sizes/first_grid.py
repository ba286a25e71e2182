"""A grid of the first map's size is kept for all that follow."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.grid = None

    def forward(self, x):
        if self.grid is None:
            self.grid = torch.linspace(0, 1, x.shape[3], device=x.device)
        return self.conv(x) * self.grid.to(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.grid = None

    def forward(self, x):
        if self.grid is None or len(self.grid) != x.shape[3]:
            self.grid = torch.linspace(0, 1, x.shape[3], device=x.device)
        return self.conv(x) * self.grid.to(x)
