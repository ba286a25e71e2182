"""A convolution made in the class body is one for all instances."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("memory_format", "serialises")


class Defect(nn.Module):
    mixing = nn.Conv2d(16, 16, 1)

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.mix = self.mixing

    def forward(self, x):
        return self.mix(self.conv(x))


class Clean(nn.Module):
    act = nn.SiLU()

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.mix = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.act(self.mix(self.conv(x)))
