"""Importing makes another folder one that the whole program imports from."""

import sys

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"

sys.path.append("..")  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
