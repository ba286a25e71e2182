"""Of two maps that are added, the second is read in reverse."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUTS = ((2, 16, 12, 12), (2, 16, 12, 12))


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, y):
        return self.conv(x) + self.conv(y).flip(2)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, y):
        return self.conv(x) + self.conv(y)
