# fuse: replace Block CBAM --at block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cv1 = Conv(c1, 2 * self.c, 1, 1)
        self.cv2 = Conv((2 + n) * self.c, c2, 1)
        self.m = nn.ModuleList(Conv(self.c, self.c, 3) for _ in range(n))

    def forward(self, x):
        features = list(self.cv1(x).chunk(2, 1))
        for layer in self.m:
            features.append(layer(features[-1]))
        return self.cv2(torch.cat(features, 1))

# expected
class Block_CBAM(nn.Module):
    """CBAM replaces the whole of Block.

        y = cbam(x)

        cbam: nn.Sequential(CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.

    Without effect: n.
    """

    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cbam = nn.Sequential(
            CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )

    def forward(self, x):
        return self.cbam(x)
