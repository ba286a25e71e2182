"""The kernel size is an argument, the padding a number."""

from torch import nn

EXAMPLE = {"dim": 16}
ROLES = {"in": "dim"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, kernel_size=3):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel_size, padding=1)

    def forward(self, x):
        return x + self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim, kernel_size=3):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel_size, padding=kernel_size // 2)

    def forward(self, x):
        return x + self.conv(x)
