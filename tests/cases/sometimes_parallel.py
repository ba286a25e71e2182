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


class Block(nn.Module):
    def __init__(self, c1, c2, add=False):
        super().__init__()
        self.cv1 = Conv(c1, c2)
        self.cv2 = Conv(c2, c2, 3)
        self.add = add and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x)) * 2
        return y + x if self.add else y

# expected
class Block_CBAM(nn.Module):
    """CBAM runs beside the main path of Block, and the results are added.

        y = cv2(cv1(x)) * 2 + cbam(x)
        y = cv2(cv1(x)) * 2 + cbam(x) + x    (where add and c1 == c2)

        cbam: nn.Sequential(CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, add=False):
        super().__init__()
        self.cv1 = Conv(c1, c2)
        self.cv2 = Conv(c2, c2, 3)
        self.cbam = nn.Sequential(
            CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )
        self.add = add and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x)) * 2 + self.cbam(x)
        return y + x if self.add else y
