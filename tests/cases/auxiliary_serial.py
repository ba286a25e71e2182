# fuse: serial Auxiliary SE
from torch import nn


class Auxiliary(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.aux = nn.Conv2d(dim, dim, 64)

    def forward(self, x):
        y = self.conv(x)
        return y + self.aux(y) if self.training else y

# expected
class Auxiliary_SE(nn.Module):
    """SE follows `conv` of Auxiliary.

        y = se(conv(x))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.se = SE(dim)
        self.aux = nn.Conv2d(dim, dim, 64)

    def forward(self, x):
        y = self.se(self.conv(x))
        return y + self.aux(y) if self.training else y
