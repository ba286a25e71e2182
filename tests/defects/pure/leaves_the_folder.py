"""The constructor goes to another folder and stays there."""

import os

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        os.chdir("/")
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x)
