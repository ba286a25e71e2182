# fuse: merge Block AFF
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, deploy=False):
        super().__init__()
        if deploy:
            self.whole = nn.Conv2d(in_channels, out_channels, 3, padding=1)
            return
        self.norm = nn.BatchNorm2d(in_channels) if in_channels == out_channels else None
        self.dense = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.point = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        if hasattr(self, "whole"):
            return self.whole(x)
        same = 0 if self.norm is None else self.norm(x)
        return self.dense(x) + self.point(x) + same

# expected
class Block_AFF(nn.Module):
    """AFF merges what `add.0` of Block is given.

        y = aff(dense(x), point(x)) + norm(x)
        y = aff(dense(x), point(x)) + 0    (where in_channels != out_channels)
        y = whole(x)    (where deploy)

        aff: AFF(out_channels)

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, in_channels, out_channels, deploy=False):
        super().__init__()
        if deploy:
            self.whole = nn.Conv2d(in_channels, out_channels, 3, padding=1)
            return
        self.norm = nn.BatchNorm2d(in_channels) if in_channels == out_channels else None
        self.dense = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.point = nn.Conv2d(in_channels, out_channels, 1)
        self.aff = AFF(out_channels)

    def forward(self, x):
        if hasattr(self, "whole"):
            return self.whole(x)
        same = 0 if self.norm is None else self.norm(x)
        return self.aff(self.dense(x), self.point(x)) + same
