# fuse: parallel Block CBAM
import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, g=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, 1, k // 2, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Root(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        return self.norm(x)


class Middle(Root):
    def __init__(self, dim):
        super().__init__(dim)
        self.mix = Conv(dim, dim, 3)

    def inner(self, x):
        return self.mix(super().forward(x))

    def forward(self, x):
        return x + self.inner(x)

    def unused(self, x):
        return x


class Block(Middle):
    """The same, further down."""

    def __init__(self, dim, act=True):
        super().__init__(dim)
        self.act = nn.SiLU() if act else nn.Identity()

    def inner(self, x):
        return self.act(super().inner(x))

# expected
class Block_CBAM(Middle):
    """CBAM runs beside the main path of Block, and the results are added.

        y = x + (act(mix(norm(x))) + cbam(x))
        y = x + act(mix(norm(x)) + cbam(x))    (where not act)

        cbam: CBAM(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, act=True):
        super().__init__(dim)
        self.act = nn.SiLU() if act else nn.Identity()
        self.cbam = CBAM(dim)

    def inner(self, x):
        return self.act(super().inner(x))

    def forward(self, x):
        return x + (self.inner(x) + self.cbam(x))
