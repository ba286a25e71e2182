"""A grid that reaches the device only in one of its two uses."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        columns = torch.arange(x.shape[3]).float() / x.shape[3]
        y = self.conv(x) * columns.to(x.device)
        return y + columns


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        columns = torch.arange(x.shape[3]).float() / x.shape[3]
        columns = columns.to(x)
        return self.conv(x) * columns + columns
