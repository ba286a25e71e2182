"""All padding of a 3 × 3 convolution stands at the top."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3)

    def forward(self, x):
        return self.conv(F.pad(x, (1, 1, 2, 0)))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3)

    def forward(self, x):
        return self.conv(F.pad(x, (1, 1, 1, 1)))
