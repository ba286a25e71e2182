# fuse: concat Block AKConv
import torch
import torch.nn as nn
import torch.nn.functional as F


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1, g=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Block(nn.Module):
    def __init__(self, c1, c2, shortcut=True, g=1, e=0.5):
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, 3, 1)
        self.cv2 = Conv(c_, c2, 3, 1, g=g)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        return x + self.cv2(self.cv1(x)) if self.add else self.cv2(self.cv1(x))

# expected
class Block_AKConv(nn.Module):
    """AKConv runs beside `cv1..cv2` of Block, and a 1x1 convolution mixes both.

        y = x + fuse(cat([cv2(cv1(x)), akconv(x)], dim=1))
        where not shortcut or c1 != c2:
        y = fuse(cat([cv2(cv1(x)), akconv(x)], dim=1))

        akconv: AKConv(c1, c2)

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, shortcut=True, g=1, e=0.5):
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, 3, 1)
        self.cv2 = Conv(c_, c2, 3, 1, g=g)
        self.akconv = AKConv(c1, c2)
        self.fuse = nn.Conv2d(2 * c2, c2, 1)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.fuse(torch.cat([self.cv2(self.cv1(x)), self.akconv(x)], dim=1))
        return x + y if self.add else y
