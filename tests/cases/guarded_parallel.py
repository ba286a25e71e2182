# fuse: parallel Block SE --when "c1 == c2" --switch use_se
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
class Block_SE(nn.Module):
    """SE runs beside `cv1..cv2` of Block, and the results are added.

        y = x + (cv2(cv1(x)) + se(x))
        y = cv2(cv1(x)) + se(x)    (where not shortcut)

        se: SE(c1)
        use_se: use_se and c1 == c2; where it is false the block is Block

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, shortcut=True, g=1, e=0.5, use_se=True):
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, 3, 1)
        self.cv2 = Conv(c_, c2, 3, 1, g=g)
        self.use_se = use_se and c1 == c2
        if self.use_se:
            self.se = SE(c1)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        y = y + self.se(x) if self.use_se else y
        return x + y if self.add else y
