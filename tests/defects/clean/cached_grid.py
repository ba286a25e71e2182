"""A grid that is computed once for every size and follows device and dtype."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.grids = {}

    def grid(self, x):
        key = (x.shape[2:], x.device, x.dtype)
        if key not in self.grids:
            self.grids[key] = torch.linspace(0, 1, x.shape[3], device=x.device, dtype=x.dtype)
        return self.grids[key]

    def forward(self, x):
        y = self.conv(x)
        return y * self.grid(y)
