# fuse: replace Block AKConv --at body.0..body.1 --switch use_akconv
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
        use_akconv: where it is false the block is Block

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, ratio=2, use_akconv=True):
        super().__init__()
        hidden = dim * ratio
        self.use_akconv = use_akconv
        self.body = nn.Sequential(
            nn.Identity() if self.use_akconv else nn.Conv2d(dim, hidden, 1),
            nn.Identity() if self.use_akconv else nn.ReLU(inplace=True),
            nn.Conv2d(hidden, dim, 1),  # back
        )
        if self.use_akconv:
            self.akconv = AKConv(dim, hidden)

    def forward(self, x):
        return x + (self.body[2:](self.akconv(x)) if self.use_akconv else self.body(x))
