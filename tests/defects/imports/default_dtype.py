"""Importing makes float64 the default dtype of the whole program."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}

torch.set_default_dtype(torch.float64)  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim, 1, 1, dtype=torch.float32))

    def forward(self, x):
        return x * self.scale
