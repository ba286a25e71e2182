# fuse: serial Reduction SE --at block
import torch
from torch import nn


class Reduction(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.Conv2d(dim, dim, 3, 2)
        self.branch1 = nn.Conv2d(dim, 24, 3, padding=1)
        self.branch2 = nn.Conv2d(24, 24, 3, 2)

    def forward(self, x):
        return torch.cat([self.down(x), self.branch2(self.branch1(x))], 1)

# expected
class Reduction_SE(nn.Module):
    """SE follows the whole of Reduction.

        y = se(cat([down(x), branch2(branch1(x))], 1))

        se: SE(dim + 24)

    Shapes: b c h w -> b c+24 h/2-1 w/2-1.
    """

    def __init__(self, dim):
        super().__init__()
        self.down = nn.Conv2d(dim, dim, 3, 2)
        self.branch1 = nn.Conv2d(dim, 24, 3, padding=1)
        self.branch2 = nn.Conv2d(24, 24, 3, 2)
        self.se = SE(dim + 24)

    def forward(self, x):
        return self.se(torch.cat([self.down(x), self.branch2(self.branch1(x))], 1))
