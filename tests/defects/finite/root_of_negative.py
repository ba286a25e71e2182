"""A generalised mean takes a root of negative values."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        return x.pow(3).mean((2, 3), keepdim=True).pow(1 / 3) * self.scale + x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        return x.clamp(min=1e-6).pow(3).mean((2, 3), keepdim=True).pow(1 / 3) * self.scale + x
