"""The output's channels are an argument that the shortcut does not know."""

from torch import nn

EXAMPLE = {"c1": 16, "c2": 16}
ROLES = {"in": "c1", "out": "c2"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


class Clean(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, padding=1)
        self.shortcut = nn.Identity() if c1 == c2 else nn.Conv2d(c1, c2, 1)

    def forward(self, x):
        return self.shortcut(x) + self.conv(x)
