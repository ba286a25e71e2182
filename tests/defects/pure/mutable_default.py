"""A list as a default argument grows with every instance."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim, widths=[]):
        super().__init__()
        widths.append(dim)
        self.conv = nn.Conv2d(dim, widths[-1], 1)

    def forward(self, x):
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim, widths=()):
        super().__init__()
        widths = [*widths, dim]
        self.conv = nn.Conv2d(dim, widths[-1], 1)

    def forward(self, x):
        return self.conv(x)
