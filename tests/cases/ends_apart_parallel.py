# fuse: parallel Block SE
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, gated=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Sigmoid())
        self.gated = gated

    def forward(self, x):
        y = self.conv(x)
        if self.gated:
            y = y * self.gate(y)
        else:
            y = y / 2
        return x + y

# expected
class Block_SE(nn.Module):
    """SE runs beside the whole of Block, and the results are added.

        t1 = conv(x)
        y = x + t1 * gate(t1) + se(x)
        y = x + conv(x) / 2 + se(x)    (where not gated)

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, gated=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Sigmoid())
        self.se = SE(dim)
        self.gated = gated

    def forward(self, x):
        y = self.conv(x)
        if self.gated:
            y = y * self.gate(y)
        else:
            y = y / 2
        return x + y + self.se(x)
