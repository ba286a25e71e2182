"""A helper beside the host: found by its folder, not by its name."""

from torch import nn


def autopad(k):
    return k // 2


class Conv(nn.Module):
    """Conv of the host's repository."""

    def __init__(self, c1, c2, k=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, padding=autopad(k))

    def forward(self, x):
        return self.conv(x)
