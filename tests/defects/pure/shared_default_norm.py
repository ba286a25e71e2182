"""A module made in a default argument is one module for all instances."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("memory_format", "serialises")


class Defect(nn.Module):
    def __init__(self, dim, norm=nn.BatchNorm2d(16)):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.norm = norm

    def forward(self, x):
        return self.norm(self.conv(x))


class Clean(nn.Module):
    def __init__(self, dim, norm=nn.BatchNorm2d, act=nn.ReLU()):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.norm = norm(dim)
        self.act = act

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))
