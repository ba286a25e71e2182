"""A table in a plain attribute, looked up by indices computed from the input."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.table = torch.linspace(0, 1, 8)

    def forward(self, x):
        index = (x.sigmoid() * 7).long()
        return x * self.table[index]


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("table", torch.linspace(0, 1, 8))
        self.order = torch.arange(dim)

    def forward(self, x):
        index = (x.sigmoid() * 7).long()
        return x[:, self.order] * self.table[index]
