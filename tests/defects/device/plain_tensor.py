"""A tensor as a plain attribute stays behind when the module moves."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mean = torch.full((dim, 1, 1), 0.5)

    def forward(self, x):
        return x - self.mean


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("mean", torch.full((dim, 1, 1), 0.5), persistent=False)

    def forward(self, x):
        return x - self.mean
