"""The stride is an argument that the shortcut does not know."""

from torch import nn

EXAMPLE = {"dim": 16}
ROLES = {"in": "dim"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, stride, 1)

    def forward(self, x):
        return x + self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, stride, 1)
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(dim, dim, 1, stride)

    def forward(self, x):
        return self.shortcut(x) + self.conv(x)
