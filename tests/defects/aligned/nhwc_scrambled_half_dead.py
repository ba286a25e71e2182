"""A view where a permutation was needed, in a branch whose units are dead at half of the places."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.proj(x.permute(0, 2, 3, 1)).relu()
        return x + y.reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.proj(x.permute(0, 2, 3, 1)).relu()
        return x + y.permute(0, 3, 1, 2)
