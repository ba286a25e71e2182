"""A constant at the top of the file that nothing moves."""

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)

SOBEL = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return F.conv2d(x, SOBEL.expand(self.dim, 1, 3, 3), padding=1, groups=self.dim)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        weight = SOBEL.to(x).expand(self.dim, 1, 3, 3)
        return F.conv2d(x, weight, padding=1, groups=self.dim)
