"""The last output is kept and mixed into the next."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("batch_independent", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.last = None

    def forward(self, x):
        y = self.conv(x)
        if self.last is not None and self.last.shape == y.shape:
            y = (y + self.last) / 2
        self.last = y.detach() * 0.5
        return y


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.last = None

    def forward(self, x):
        y = self.conv(x)
        self.last = y.detach()
        return y
