"""Partial convolution writes its result into a slice of the input."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("gradients",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.part = dim // 4
        self.conv = nn.Conv2d(self.part, self.part, 3, padding=1)

    def forward(self, x):
        x[:, : self.part] = self.conv(x[:, : self.part])
        return x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.part = dim // 4
        self.conv = nn.Conv2d(self.part, self.part, 3, padding=1)

    def forward(self, x):
        y = x.clone()
        y[:, : self.part] = self.conv(x[:, : self.part])
        return y
