# fuse: merge Block AFF --init zero
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

        t1 = conv(x)
        y = relu(t1 + x + scale * aff(t1, x))

        aff: AFF(dim)
        scale: starts at 0, so that the block begins as its host

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1)
        self.relu = nn.ReLU(inplace=True)
        self.aff = AFF(dim)
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        out = self.conv(x)
        out = out + x + self.scale * self.aff(out, x)
        return self.relu(out)
