# fuse: replace Block AKConv --at cv2
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
    def __init__(self, dim, ratio=0.5):
        super().__init__()
        hidden = int(dim * ratio)
        self.cv1 = Conv(dim, hidden)
        self.cv2 = Conv(hidden, dim, 3)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class Block(Root): pass

# expected
class Block_AKConv(Root):
    """AKConv replaces `cv2` of Block.

        y = x + cv2(cv1(x))

        cv2: AKConv(hidden, dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, ratio=0.5):
        super(Root, self).__init__()
        hidden = int(dim * ratio)
        self.cv1 = Conv(dim, hidden)
        self.cv2 = AKConv(hidden, dim)
