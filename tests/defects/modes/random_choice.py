"""A dilation is drawn with Python's generator, in evaluation too."""

import random

import torch
import torch.nn.functional as F
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, 1, 3, 3) / 3)

    def forward(self, x):
        d = random.choice([1, 2, 3])
        return F.conv2d(x, self.weight, padding=d, dilation=d, groups=x.shape[1])


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, 1, 3, 3) / 3)

    def forward(self, x):
        d = random.choice([1, 2, 3]) if self.training else 2
        return F.conv2d(x, self.weight, padding=d, dilation=d, groups=x.shape[1])
