# fuse: serial Block SE --at conv2 --switch use_se
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, deep=True):
        super().__init__(); self.conv1 = nn.Conv2d(dim, dim, 1); self.conv2 = nn.Conv2d(dim, dim, 1)  # two
        if deep: self.conv3 = nn.Conv2d(dim, dim, 1); self.norm = nn.BatchNorm2d(dim)
        self.deep = deep

    def forward(self, x):
        y = self.conv1(x); z = self.conv2(y)
        if self.deep: z = self.norm(self.conv3(z)); z = torch.relu(z)
        return x + z

# expected
class Block_SE(nn.Module):
    """SE follows `conv2` of Block.

        y = x + relu(norm(conv3(se(conv2(conv1(x))))))
        y = x + se(conv2(conv1(x)))    (where not deep)

        se: SE(dim)
        use_se: where it is false the block is Block

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, deep=True, use_se=True):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, dim, 1)
        self.conv2 = nn.Conv2d(dim, dim, 1)  # two
        self.use_se = use_se
        if self.use_se:
            self.se = SE(dim)
        if deep:
            self.conv3 = nn.Conv2d(dim, dim, 1)
            self.norm = nn.BatchNorm2d(dim)
        self.deep = deep

    def forward(self, x):
        y = self.conv1(x)
        z = self.conv2(y)
        z = self.se(z) if self.use_se else z
        if self.deep:
            z = self.norm(self.conv3(z))
            z = torch.relu(z)
        return x + z
