# fuse: merge Block AFF
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, scaled=False, residual=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1)
        self.scaled = scaled
        self.residual = residual

    def forward(self, x):
        if not self.residual:
            return self.conv(x)
        if self.scaled:
            return self.conv(x) * 0.5 + x
        return self.conv(x) + x

# expected
class Block_AFF(nn.Module):
    """AFF merges what `add` of Block is given.

        y = aff(conv(x), x)
        y = aff(conv(x) * 0.5, x)    (where scaled)
        y = conv(x)    (where not residual)

        aff: AFF(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, scaled=False, residual=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1)
        self.scaled = scaled
        self.residual = residual
        self.aff = AFF(dim)

    def forward(self, x):
        if not self.residual:
            return self.conv(x)
        if self.scaled:
            return self.aff(self.conv(x) * 0.5, x)
        return self.aff(self.conv(x), x)
