"""A `no_grad` block around the wrong line."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.offset = nn.Conv2d(dim, 1, 3, padding=1)
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        with torch.no_grad():
            offset = self.offset(x).tanh()
        return self.conv(x + offset)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.offset = nn.Conv2d(dim, 1, 3, padding=1)
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        offset = self.offset(x).tanh()
        return self.conv(x + offset)
