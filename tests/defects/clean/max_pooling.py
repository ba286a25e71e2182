"""Pyramid of max pools with stride 1."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.reduce = nn.Conv2d(dim, dim // 2, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.merge = nn.Conv2d(dim * 2, dim, 1)

    def forward(self, x):
        levels = [self.reduce(x)]
        levels += [self.pool(levels[0])]
        levels += [self.pool(levels[1])]
        levels += [self.pool(levels[2])]
        return self.merge(torch.cat(levels, 1))
