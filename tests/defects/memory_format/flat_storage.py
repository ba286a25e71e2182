"""The map's memory read as it lies there, whatever the order of its axes."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        return y.as_strided(x.shape, (x[0].numel(), x[0, 0].numel(), x.shape[3], 1))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x).contiguous()
