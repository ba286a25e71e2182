"""A padding on one side in front of a kernel, under a gate that pools the whole map."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 5)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(F.pad(x, (2, 2, 4, 0)))
        return y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 5)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(F.pad(x, (2, 2, 2, 2)))
        return y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()
