"""Padding of a 7 × 7 convolution four pixels aside: it stands at the left and at the bottom."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 7, groups=channels)

    def forward(self, x):
        return self.conv(F.pad(x, (6, 0, 0, 6)))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 7, groups=channels)

    def forward(self, x):
        return self.conv(F.pad(x, (3, 3, 3, 3)))
