"""A branch in (b, h, w, c), brought back by a view and added to a sound shortcut."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        return self.conv(x) + self.proj(x.permute(0, 2, 3, 1)).reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        return self.conv(x) + self.proj(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
