"""One branch beside the shortcut has its axes swapped."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        branch = self.conv(x).transpose(2, 3).reshape(x.shape)
        return x + branch


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        branch = self.conv(x.transpose(2, 3)).transpose(2, 3)
        return x + branch
