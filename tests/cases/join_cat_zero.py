# fuse: merge Block AFF --init zero
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a = nn.Conv2d(dim, dim // 2, 3, 1, 1)
        self.b = nn.Conv2d(dim, dim // 2, 1)

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x)], 1)

# expected
class Block_AFF(nn.Module):
    """AFF merges what `cat` of Block is given.

        y = cat([a(x), b(x)], 1) + scale * aff(a(x), b(x))

        aff: Followed(AFF(dim // 2), nn.Conv2d(dim // 2, dim, 1,
            bias=False), nn.BatchNorm2d(dim))
        scale: starts at 0, so that the block begins as its host

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.a = nn.Conv2d(dim, dim // 2, 3, 1, 1)
        self.b = nn.Conv2d(dim, dim // 2, 1)
        self.aff = Followed(
            AFF(dim // 2), nn.Conv2d(dim // 2, dim, 1, bias=False), nn.BatchNorm2d(dim)
        )
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        y = self.a(x)
        y2 = self.b(x)
        return torch.cat([y, y2], 1) + self.scale * self.aff(y, y2)
