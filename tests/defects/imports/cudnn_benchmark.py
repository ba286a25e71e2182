"""Importing turns on cudnn's benchmark mode for the whole program."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}

torch.backends.cudnn.benchmark = True  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
