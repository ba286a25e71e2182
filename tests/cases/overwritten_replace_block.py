# fuse: replace Block SE --at block
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))
        self.bias = nn.Parameter(torch.zeros(dim, 1, 1))

    def forward(self, x):
        shortcut = x
        x = self.conv(x)
        x = x * self.scale + self.bias
        return shortcut + x
# expected
class Block_SE(nn.Module):
    """SE replaces the whole of Block.

        y = se(x)

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.se = SE(dim)

    def forward(self, x):
        return self.se(x)
