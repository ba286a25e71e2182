"""Forward reads address zero."""

import ctypes

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        ctypes.string_at(0)
        return self.conv(x)
