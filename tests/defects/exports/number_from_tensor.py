"""A size computed from a tensor's values is none that an exported program can know."""

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
        kept = int(y.sigmoid().mean() * y.shape[1])
        return torch.cat([y[:, :kept], x[:, kept:]], 1)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        kept = y.shape[1] // 2
        return torch.cat([y[:, :kept], x[:, kept:]], 1)
