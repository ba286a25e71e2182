"""Every forward seeds the generator, so all the program's noise repeats."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        torch.manual_seed(0)
        mask = torch.rand(1, 1, *x.shape[2:], device=x.device)
        return self.conv(x * mask)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.register_buffer("mask", torch.rand(dim, 1, 1))

    def forward(self, x):
        return self.conv(x * self.mask)
