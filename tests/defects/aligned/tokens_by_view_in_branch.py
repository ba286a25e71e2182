"""A map made tokens by a view, (b, c, h, w) to (b, n, c), in a residual branch."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(channels, 32), nn.GELU(), nn.Linear(32, channels))

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.mlp(x.reshape(b, h * w, c))
        return x + y.transpose(1, 2).reshape(b, c, h, w)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(channels, 32), nn.GELU(), nn.Linear(32, channels))

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.mlp(x.reshape(b, c, h * w).transpose(1, 2))
        return x + y.transpose(1, 2).reshape(b, c, h, w)
