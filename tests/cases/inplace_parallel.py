# fuse: parallel Block SE --at act
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        y = self.act(y)
        return x + y

# expected
class Block_SE(nn.Module):
    """SE runs beside `act` of Block, and the results are added.

        t1 = conv(x)
        y = x + (act(t1) + se(t1))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.se = SE(dim)
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        identity = y.clone()
        y = self.act(y) + self.se(identity)
        return x + y
