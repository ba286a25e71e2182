"""Back from (b, h, w, c) with the axes of the map in the wrong order."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.proj(x.permute(0, 2, 3, 1))
        return y.permute(0, 3, 2, 1)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.proj(x.permute(0, 2, 3, 1))
        return y.permute(0, 3, 1, 2)
