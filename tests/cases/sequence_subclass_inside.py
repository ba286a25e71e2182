# fuse: serial Block SE --at conv.1.0
import torch.nn as nn


class ConvBNReLU(nn.Sequential):
    def __init__(self, in_planes, out_planes, kernel_size=3, groups=1):
        super().__init__(
            nn.Conv2d(in_planes, out_planes, kernel_size, padding=kernel_size // 2, groups=groups),
            nn.BatchNorm2d(out_planes),
            nn.ReLU6(inplace=True),
        )


class Block(nn.Module):
    def __init__(self, inp, oup, expand_ratio=2):
        super().__init__()
        hidden = inp * expand_ratio
        self.conv = nn.Sequential(
            ConvBNReLU(inp, hidden, 1),
            ConvBNReLU(hidden, hidden, groups=hidden),
            nn.Conv2d(hidden, oup, 1),
        )

    def forward(self, x):
        return self.conv(x)

# expected
class Block_SE(nn.Module):
    """SE follows `conv.1.0.block` of Block.

        conv.1: ConvBNReLU_SE

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, inp, oup, expand_ratio=2):
        super().__init__()
        hidden = inp * expand_ratio
        self.conv = nn.Sequential(
            ConvBNReLU(inp, hidden, 1),
            ConvBNReLU_SE(hidden, hidden, groups=hidden),
            nn.Conv2d(hidden, oup, 1),
        )

    def forward(self, x):
        return self.conv(x)
