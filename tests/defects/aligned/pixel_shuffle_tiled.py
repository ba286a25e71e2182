"""A pixel shuffle with its axes in the wrong order: four small copies side by side."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4 * channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.conv(x).reshape(b, c, 2, 2, h, w).permute(0, 1, 2, 4, 3, 5)
        return y.reshape(b, c, 2 * h, 2 * w)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4 * channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.conv(x).reshape(b, c, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3)
        return y.reshape(b, c, 2 * h, 2 * w)
