# fuse: serial Quantizable SE
from torch import nn


class Conv(nn.Module):
    def __init__(self, c1, c2, **options):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, padding=1, **options)
        self.bn = nn.BatchNorm2d(c2)


class Quantizable(Conv):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))

# expected
class Quantizable_SE(Conv):
    """SE follows `conv` of Quantizable.

        y = relu(bn(se(conv(x))))

        se: SE(self.conv.out_channels)

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.relu = nn.ReLU()
        self.se = SE(self.conv.out_channels)

    def forward(self, x):
        return self.relu(self.bn(self.se(self.conv(x))))
