"""`.cuda()` in the constructor."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("constructs", "forward")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1).cuda()

    def forward(self, x):
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x)
