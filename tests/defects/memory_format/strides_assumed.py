"""`as_strided` with the strides of a contiguous map."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        transposed = x.as_strided((b, c, h * w), (c * h * w, h * w, 1))
        return self.conv(x) + transposed.reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        transposed = x.contiguous().as_strided((b, c, h * w), (c * h * w, h * w, 1))
        return self.conv(x) + transposed.reshape(x.shape)
