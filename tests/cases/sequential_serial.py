# fuse: serial Block SE
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
class Block_SE(nn.Module):
    """SE follows `body.0` of Block.

        y = x + body[2](body[1](se(body[0](x))))

        se: SE(hidden)

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
        self.se = SE(hidden)

    def forward(self, x):
        return x + self.body[1:](self.se(self.body[0](x)))
