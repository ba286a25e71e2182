"""`view` after a convolution, whose output is channels_last when its input is."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qk = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q = self.qk(x).view(b, 2, c * h * w // 2)
        return x * (q * q).mean(-1).view(b, 2, 1, 1).mean(1, keepdim=True)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qk = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q = self.qk(x).reshape(b, 2, c * h * w // 2)
        return x * (q * q).mean(-1).view(b, 2, 1, 1).mean(1, keepdim=True)
