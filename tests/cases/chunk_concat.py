# fuse: concat Block SE
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cv1 = Conv(c1, 2 * self.c, 1, 1)
        self.cv2 = Conv((2 + n) * self.c, c2, 1)
        self.m = nn.ModuleList(Conv(self.c, self.c, 3) for _ in range(n))

    def forward(self, x):
        y = list(self.cv1(x).chunk(2, 1))
        y.extend(m(y[-1]) for m in self.m)
        return self.cv2(torch.cat(y, 1))

# expected
class Block_SE(nn.Module):
    """SE runs beside the whole of Block, and a 1x1 convolution mixes both.

        t1 = chunk(cv1(x), 2, 1)
        y = fuse(cat([cv2(cat([t1[0], t1[1], m[0](t1[1])], 1)), se(x)], dim=1))

        se: nn.Sequential(SE(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cv1 = Conv(c1, 2 * self.c, 1, 1)
        self.cv2 = Conv((2 + n) * self.c, c2, 1)
        self.m = nn.ModuleList(Conv(self.c, self.c, 3) for _ in range(n))
        self.se = nn.Sequential(
            SE(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )
        self.fuse = nn.Conv2d(2 * c2, c2, 1)

    def forward(self, x):
        y = list(self.cv1(x).chunk(2, 1))
        y.extend(m(y[-1]) for m in self.m)
        return self.fuse(torch.cat([self.cv2(torch.cat(y, 1)), self.se(x)], dim=1))
