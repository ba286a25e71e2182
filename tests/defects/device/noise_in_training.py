"""Noise made on the CPU, in training only."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.training:
            x = x + torch.randn(x.shape) * 0.1
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.training:
            x = x + torch.randn(x.shape).type_as(x) * 0.1
        return self.conv(x)
