# fuse: concat Block SE
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.local = nn.Conv2d(c1, c2, 3, 1, 1)
        self.wide = nn.Conv2d(c1, c2, 7, 1, 3)
        self.add = c1 == c2

    def forward(self, x):
        if self.add:
            return x + (self.local(x) + self.wide(x))
        return self.local(x) + self.wide(x)

# expected
class Block_SE(nn.Module):
    """SE runs beside the main path of Block, and a 1x1 convolution mixes both.

        y = x + fuse(cat([local(x) + wide(x), se(x)], dim=1))
        y = fuse(cat([local(x) + wide(x), se(x)], dim=1))    (where c1 != c2)

        se: nn.Sequential(SE(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2):
        super().__init__()
        self.local = nn.Conv2d(c1, c2, 3, 1, 1)
        self.wide = nn.Conv2d(c1, c2, 7, 1, 3)
        self.se = nn.Sequential(
            SE(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )
        self.fuse = nn.Conv2d(2 * c2, c2, 1)
        self.add = c1 == c2

    def forward(self, x):
        if self.add:
            return x + self.fuse(
                torch.cat([self.local(x) + self.wide(x), self.se(x)], dim=1)
            )
        return self.fuse(torch.cat([self.local(x) + self.wide(x), self.se(x)], dim=1))
