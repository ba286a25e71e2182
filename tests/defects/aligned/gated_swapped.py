"""A swapped branch behind a channel gate, which every pixel feeds."""

import torch
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(x).transpose(2, 3).reshape(x.shape)
        return y * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(x)
        return y * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
