"""A convolution made in forward has new weights every time."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        conv = nn.Conv2d(self.dim, self.dim, 1).to(x.device)
        return self.norm(conv(x))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        return self.norm(self.conv(x))
