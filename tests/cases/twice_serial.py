# fuse: serial Block SE
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
    """SE follows `conv` of Block.

        y = x + se(conv(act(act(se(conv(x)))) * 0.5))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.se = SE(dim)
        self.act = nn.ReLU()

    def forward(self, x):
        y = self.act(self.se(self.conv(x)))
        return x + self.se(self.conv(self.act(y) * 0.5))
