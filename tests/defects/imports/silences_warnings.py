"""Importing silences the warnings of the whole program."""

import warnings

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"

warnings.filterwarnings("ignore")  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
