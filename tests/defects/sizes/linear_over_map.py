"""A linear layer over the flattened map."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, size=144):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.mix = nn.Linear(size, size)

    def forward(self, x):
        return self.mix(self.conv(x).flatten(2)).reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.mix = nn.Linear(dim, dim)

    def forward(self, x):
        return self.mix(self.conv(x).flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)
