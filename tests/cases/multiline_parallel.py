# fuse: parallel Block SE
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width, growth_rate, bn_size=4):
        super().__init__()
        self.reduce = nn.Conv2d(width, bn_size *  # times as wide as what is added
                                growth_rate, kernel_size=1)
        self.grow = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, padding=1)

    def forward(self, x):
        return self.grow(self.reduce(x).relu())

# expected
class Block_SE(nn.Module):
    """SE runs beside the whole of Block, and the results are added.

        y = grow(relu(reduce(x))) + se(x)

        se: nn.Sequential(SE(width), nn.Conv2d(width, growth_rate, 1,
            bias=False), nn.BatchNorm2d(growth_rate))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, width, growth_rate, bn_size=4):
        super().__init__()
        self.reduce = nn.Conv2d(
            width,
            bn_size * growth_rate,  # times as wide as what is added
            kernel_size=1,
        )
        self.grow = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, padding=1)
        self.se = nn.Sequential(
            SE(width),
            nn.Conv2d(width, growth_rate, 1, bias=False),
            nn.BatchNorm2d(growth_rate),
        )

    def forward(self, x):
        return self.grow(self.reduce(x).relu()) + self.se(x)
