"""Noise is added into the input, in training only."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("gradients",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.training:
            x.add_(torch.randn_like(x) * 0.1)
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.training:
            x = x + torch.randn_like(x) * 0.1
        return self.conv(x)
