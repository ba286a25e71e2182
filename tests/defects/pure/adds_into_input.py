"""`+=` writes into the input."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("gradients",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        x += y
        return x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        y += x
        return y
