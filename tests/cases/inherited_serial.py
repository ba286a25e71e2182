# fuse: serial DWConv SE
from math import gcd

from torch import nn


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, g=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, 1, k // 2, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class DWConv(Conv):
    """A depthwise convolution."""

    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k, g=gcd(c1, c2))

# expected
class DWConv_SE(Conv):
    """SE follows `conv` of DWConv.

        y = act(bn(se(conv(x))))

        se: SE(c2)

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k, g=gcd(c1, c2))
        self.se = SE(c2)

    def forward(self, x):
        return self.act(self.bn(self.se(self.conv(x))))
