# fuse: merge Block AFF --at add.0
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, n_heads=1):
        super().__init__()
        self.a = nn.Conv2d(dim, dim, 3, 1, 1)
        self.b = nn.Conv2d(dim, dim, 1)
        self.c = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = torch.add(self.a(x), self.b(x))
        return x.add(self.c(y))

# expected
class Block_AFF(nn.Module):
    """AFF merges what `add.0` of Block is given.

        y = x + c(aff(a(x), b(x)))

        aff: AFF(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, n_heads=1):
        super().__init__()
        self.a = nn.Conv2d(dim, dim, 3, 1, 1)
        self.b = nn.Conv2d(dim, dim, 1)
        self.c = nn.Conv2d(dim, dim, 1)
        self.aff = AFF(dim)

    def forward(self, x):
        y = self.aff(self.a(x), self.b(x))
        return x.add(self.c(y))
