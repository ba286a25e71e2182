"""A shifted window of four that is shifted the same way back."""

import torch
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(torch.roll(x, (-2, -2), (2, 3)))
        return torch.roll(y, (-2, -2), (2, 3))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(torch.roll(x, (-2, -2), (2, 3)))
        return torch.roll(y, (2, 2), (2, 3))
