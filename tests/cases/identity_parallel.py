# fuse: parallel Block SE --at act
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, act=None):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = act or nn.Identity()

    def forward(self, x):
        y = self.conv(x)
        return self.act(y) * y
# expected
class Block_SE(nn.Module):
    """SE runs beside `act` of Block, and the results are added.

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, act=None):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = act or nn.Identity()
        self.se = SE(dim)

    def forward(self, x):
        y = self.conv(x)
        return (self.act(y) + self.se(y)) * y
