# fuse: merge Block AFF --switch use_aff
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.conv(x)
        out += x
        return self.relu(out)


# expected
class Block_AFF(nn.Module):
    """AFF merges what `add` of Block is given.

        y = relu(aff(conv(x), x))

        aff: AFF(dim)
        use_aff: where it is false the block is Block

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, use_aff=True):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1)
        self.relu = nn.ReLU(inplace=True)
        self.use_aff = use_aff
        if self.use_aff:
            self.aff = AFF(dim)

    def forward(self, x):
        out = self.conv(x)
        out = self.aff(out, x) if self.use_aff else out + x
        return self.relu(out)
