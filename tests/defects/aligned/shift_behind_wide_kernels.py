"""Two columns of padding too many on one side, behind kernels wider than that."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    padding = (5, 1, 3, 3)

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 7, groups=channels)
        self.proj = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.proj(self.conv(F.pad(x, self.padding)))


class Clean(Defect):
    padding = (3, 3, 3, 3)
