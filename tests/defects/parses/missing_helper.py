"""A helper of another repository, called in a branch that the defaults do not take."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim, kernel=3, padding=1):
        super().__init__()
        if padding is None:
            padding = autopad(kernel)
        self.conv = nn.Conv2d(dim, dim, kernel, padding=padding)

    def forward(self, x):
        return self.conv(x)


def same(kernel):
    return kernel // 2


class Clean(nn.Module):
    def __init__(self, dim, kernel=3, padding=None):
        super().__init__()
        if padding is None:
            padding = same(kernel)
        self.conv = nn.Conv2d(dim, dim, kernel, padding=padding)

    def forward(self, x):
        return self.conv(x)
