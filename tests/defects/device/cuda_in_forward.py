"""`.cuda()` in forward: the module runs nowhere else."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("forward",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x) + torch.ones(x.shape[-1]).cuda()


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x) + x.new_ones(x.shape[-1])
