"""A random codebook made when the file is imported: another process has another one."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}

SIGNS = torch.randn(16).sign().view(16, 1, 1)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x) * SIGNS.to(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.register_buffer("signs", SIGNS.clone())

    def forward(self, x):
        return self.conv(x) * self.signs
