# fuse: parallel Block CBAM --at body.1
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
    """CBAM runs beside `body.1` of Block, and the results are added.

        t1 = body[0](x)
        y = x + body[2](body[1](t1) + cbam(t1))

        cbam: CBAM(hidden)

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
        self.cbam = CBAM(hidden)

    def forward(self, x):
        y = self.body[:1](x)
        return x + self.body[2:](self.body[1](y.clone()) + self.cbam(y))
