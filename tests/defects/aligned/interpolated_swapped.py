"""An upsampled map comes out transposed and reversed."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        y = F.interpolate(self.conv(x), size=(2 * w, 2 * h)).transpose(2, 3)
        return y.flip(3)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        return F.interpolate(self.conv(x), size=(2 * h, 2 * w))
