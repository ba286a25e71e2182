# fuse: concat Block CBAM
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim, ratio=2):
        super().__init__()
        hidden = dim * ratio
        self.body = nn.Sequential(
            nn.Conv2d(dim, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, dim, 1),  # back
        )

    def forward(self, x):
        return x + self.body(x)

# expected
class Block_CBAM(nn.Module):
    """CBAM runs beside `body` of Block, and a 1x1 convolution mixes both.

        y = x + fuse(cat([body(x), cbam(x)], dim=1))

        cbam: CBAM(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, ratio=2):
        super().__init__()
        hidden = dim * ratio
        self.body = nn.Sequential(
            nn.Conv2d(dim, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, dim, 1),  # back
        )
        self.cbam = CBAM(dim)
        self.fuse = nn.Conv2d(2 * dim, dim, 1)

    def forward(self, x):
        return x + self.fuse(torch.cat([self.body(x), self.cbam(x)], dim=1))
