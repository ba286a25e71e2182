"""Rows in reverse, under a gate that pools every row and every column."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Gate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.rows = nn.Conv2d(channels, channels, 1)
        self.columns = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        rows = self.rows(x.mean(3, keepdim=True)).sigmoid()
        return x * rows * self.columns(x.mean(2, keepdim=True)).sigmoid()


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = Gate(channels)

    def forward(self, x):
        return self.gate(self.conv(x.flip(2)))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = Gate(channels)

    def forward(self, x):
        return self.gate(self.conv(x.flip(2)).flip(2))
