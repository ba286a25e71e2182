"""A channel shuffle whose view takes the batch for a group."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.conv(x).reshape(c, b, h, w).transpose(0, 1)
        return y.reshape(b, c, h, w)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.conv(x).reshape(b, 2, c // 2, h, w).transpose(1, 2)
        return y.reshape(b, c, h, w)
