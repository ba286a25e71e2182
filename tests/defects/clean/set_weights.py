"""Weights that the first forward sets, and weights that every forward brings back to a norm."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))
        self.started = False

    def forward(self, x):
        with torch.no_grad():
            self.conv.weight.copy_(self.conv.weight.renorm(2, 0, 1))
            if self.training and not self.started:
                self.scale.copy_(1 / (x.std((0, 2, 3), keepdim=True)[0] + 1e-6))
                self.started = True
        return self.conv(x * self.scale)
