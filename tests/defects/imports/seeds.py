"""Importing seeds torch's generator, so every program that imports the file repeats itself."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}

torch.manual_seed(42)  # defect
OFFSETS = torch.rand(4)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
