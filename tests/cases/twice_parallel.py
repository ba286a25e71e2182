# fuse: parallel Block SE --at conv
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        y = self.act(self.conv(x))
        return x + self.conv(self.act(y) * 0.5)

# expected
class Block_SE(nn.Module):
    """SE runs beside `conv` of Block, and the results are added.

        t1 = act(act(conv(x) + se(x))) * 0.5
        y = x + (conv(t1) + se(t1))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.se = SE(dim)
        self.act = nn.ReLU()

    def forward(self, x):
        y = self.act(self.conv(x) + self.se(x))
        y2 = self.act(y) * 0.5
        return x + (self.conv(y2) + self.se(y2))
