# fuse: replace Block AKConv --at body.0..body.1
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
class Block_AKConv(nn.Module):
    """AKConv replaces `body.0..body.1` of Block.

        y = x + body[2](akconv(x))

        akconv: AKConv(dim, hidden)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, ratio=2):
        super().__init__()
        hidden = dim * ratio
        self.body = nn.Sequential(
            nn.Identity(),
            nn.Identity(),
            nn.Conv2d(hidden, dim, 1),  # back
        )
        self.akconv = AKConv(dim, hidden)

    def forward(self, x):
        return x + self.body[2:](self.akconv(x))
