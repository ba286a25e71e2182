"""The branch of the constructor that a residual-free variant takes names a wrong attribute."""

from torch import nn

EXAMPLE = {"dim": 16, "residual": True}
VARIANT = {"residual": False}
ALSO = ("forward",)


class Defect(nn.Module):
    def __init__(self, dim, residual=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.residual = residual
        if not residual:
            self.norm = nn.BatchNorm2d(self.conv.out_planes)

    def forward(self, x):
        y = self.conv(x)
        return x + y if self.residual else self.norm(y)


class Clean(nn.Module):
    def __init__(self, dim, residual=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.residual = residual
        if not residual:
            self.norm = nn.BatchNorm2d(self.conv.out_channels)

    def forward(self, x):
        y = self.conv(x)
        return x + y if self.residual else self.norm(y)
