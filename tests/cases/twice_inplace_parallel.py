# fuse: parallel Block SE --at shift..norm
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.shift = nn.CircularPad2d((1, 0, 1, 0))
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        y = self.norm(self.shift(x)[..., :-1, :-1]) + 1.0
        z = self.shift(y)
        y.add_(0.5)
        return x + self.norm(z[..., :-1, :-1]) + y

# expected
class Block_SE(nn.Module):
    """SE runs beside `shift..norm` of Block, and the results are added.

        t1 = norm(shift(x)[..., :-1, :-1]) + se(x) + 1
        y = x + (norm(shift(t1)[..., :-1, :-1]) + se(t1)) + (t1 + 0.5)

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.shift = nn.CircularPad2d((1, 0, 1, 0))
        self.norm = nn.BatchNorm2d(dim)
        self.se = SE(dim)

    def forward(self, x):
        identity = x.clone()
        y = self.norm(self.shift(x)[..., :-1, :-1]) + self.se(identity) + 1.0
        identity2 = y.clone()
        z = self.shift(y)
        y.add_(0.5)
        return x + (self.norm(z[..., :-1, :-1]) + self.se(identity2)) + y
