# fuse: parallel Block SE
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.pw = nn.Linear(dim, dim)
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        input = x
        x = self.dw(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pw(x)
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return input + x

# expected
class Block_SE(nn.Module):
    """SE runs beside the main path of Block, and the results are added.

        y = x + (permute(gamma * pw(permute(dw(x), 0, 2, 3, 1)), 0, 3, 1, 2) + se(x))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.pw = nn.Linear(dim, dim)
        self.se = SE(dim)
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        input = x
        x = self.dw(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pw(x)
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2) + self.se(input)
        return input + x
