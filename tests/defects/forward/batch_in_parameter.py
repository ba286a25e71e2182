"""A parameter has one slice for every sample of the demo's batch."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query = nn.Parameter(torch.randn(2, dim, 1, 1))

    def forward(self, x):
        return x * self.query.sigmoid()


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, dim, 1, 1))

    def forward(self, x):
        return x * self.query.sigmoid()
