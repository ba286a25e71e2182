"""The batch size of the demo stands in a view."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        h, w = x.shape[2:]
        y = self.conv(x).flatten(2)
        return y.reshape(2, self.dim, h, w)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, _, h, w = x.shape
        y = self.conv(x).flatten(2)
        return y.reshape(b, self.dim, h, w)
