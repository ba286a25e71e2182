"""Gradients are turned off for a statistic and stay off."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("finite", "gradients", "dtypes", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        torch.autograd.set_grad_enabled(False)
        return y


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        with torch.no_grad():
            scale = x.abs().mean((1, 2, 3), keepdim=True)
        return self.conv(x) / (scale + 1e-6)
