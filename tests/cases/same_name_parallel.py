# fuse: parallel SE SE
import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, g=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, 1, k // 2, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class SE(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return x + x * torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))

# expected
class SE_SE(nn.Module):
    """SE runs beside the main path of SE, and the results are added.

        y = x + (x * sigmoid(fc(mean(x, (2, 3), keepdim=True))) + se(x))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Conv2d(dim, dim, 1)
        self.se = SE(dim)

    def forward(self, x):
        return x + (
            x * torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True))) + self.se(x)
        )
