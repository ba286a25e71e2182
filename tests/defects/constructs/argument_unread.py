"""The activation that is asked for is never built."""

from torch import nn

EXAMPLE = {"c1": 16, "c2": 16}
ROLES = {"in": "c1", "out": "c2"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, c1, c2, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 1)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.conv(x))


class Clean(nn.Module):
    def __init__(self, c1, c2, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 1)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x):
        return self.act(self.conv(x))
