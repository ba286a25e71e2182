# fuse: merge Block AFF
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.a = nn.Conv2d(c1, c1, 3, 1, 1)
        self.b = nn.Conv2d(c1, c1, 1)
        self.out = nn.Conv2d(2 * c1, c2, 1)

    def forward(self, x):
        return self.out(torch.cat((self.a(x), self.b(x)), dim=1))

# expected
class Block_AFF(nn.Module):
    """AFF merges what `cat` of Block is given.

        y = out(aff(a(x), b(x)))

        aff: Followed(AFF(c1), nn.Conv2d(c1, 2 * c1, 1, bias=False),
            nn.BatchNorm2d(2 * c1))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2):
        super().__init__()
        self.a = nn.Conv2d(c1, c1, 3, 1, 1)
        self.b = nn.Conv2d(c1, c1, 1)
        self.out = nn.Conv2d(2 * c1, c2, 1)
        self.aff = Followed(
            AFF(c1), nn.Conv2d(c1, 2 * c1, 1, bias=False), nn.BatchNorm2d(2 * c1)
        )

    def forward(self, x):
        return self.out(self.aff(self.a(x), self.b(x)))
