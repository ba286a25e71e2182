"""Importing seeds Python's generator, from which data augmentation draws."""

import random

from torch import nn

EXAMPLE = {"dim": 16}

random.seed(0)  # defect
random.random()


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
