# fuse: replace Block SE --at block
import torch
import torch.nn as nn


class Block(nn.Module):
    default_act = nn.SiLU()  # default activation

    def __init__(self, dim, act=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(dim)
        self.act = self.default_act if act is True else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))

    def forward_fuse(self, x):
        """Behind a fused norm."""
        return self.act(self.conv(x))

    def describe(self):
        return "a block"

    def extra_repr(self):
        return self.describe()

# expected
class Block_SE(nn.Module):
    """SE replaces the whole of Block.

        y = se(x)

        se: SE(dim)

    Shapes: b c h w -> b c h w.

    Without effect: act.
    """

    default_act = nn.SiLU()  # default activation

    def __init__(self, dim, act=True):
        super().__init__()
        self.se = SE(dim)

    def forward(self, x):
        return self.se(x)

    def describe(self):
        return "a block"

    def extra_repr(self):
        return self.describe()
