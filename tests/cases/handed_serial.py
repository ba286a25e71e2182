# fuse: serial Block SE
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, upsample=True):
        super().__init__()
        self.upsample = upsample
        self.c1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.c2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def enlarged(self, x, conv):
        return conv(F.interpolate(x, scale_factor=2))

    def forward(self, x):
        y = self.enlarged(x, self.c1) if self.upsample else self.c1(x)
        skip = self.enlarged(x, self.skip) if self.upsample else self.skip(x)
        return self.c2(F.relu(y)) + skip

# expected
class Block_SE(nn.Module):
    """SE follows `c2` of Block.

        t1 = c2(relu(c1(interpolate(x, scale_factor=2))))
        y = se(t1) + skip(interpolate(x, scale_factor=2))
        y = se(c2(relu(c1(x)))) + skip(x)    (where not upsample)

        se: SE(out_channels)

    Shapes: b c1 h w -> b c2 h*2 w*2.
    """

    def __init__(self, in_channels, out_channels, upsample=True):
        super().__init__()
        self.upsample = upsample
        self.c1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.c2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.se = SE(out_channels)
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def enlarged(self, x, conv):
        return conv(F.interpolate(x, scale_factor=2))

    def forward(self, x):
        y = self.enlarged(x, self.c1) if self.upsample else self.c1(x)
        skip = self.enlarged(x, self.skip) if self.upsample else self.skip(x)
        return self.se(self.c2(F.relu(y))) + skip
