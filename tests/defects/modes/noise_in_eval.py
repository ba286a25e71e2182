"""Noise is added in both modes."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.full((dim, 1, 1), 0.1))

    def forward(self, x):
        return x + torch.randn_like(x) * self.scale


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.full((dim, 1, 1), 0.1))

    def forward(self, x):
        return x * (1 + self.scale) + (torch.randn_like(x) * self.scale if self.training else 0)
