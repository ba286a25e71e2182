"""Importing chooses the GPU for the whole program."""

import os

from torch import nn

EXAMPLE = {"dim": 16}

os.environ["CUDA_VISIBLE_DEVICES"] = "3"  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
