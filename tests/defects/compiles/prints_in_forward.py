"""A print left from debugging: the graph breaks there."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        print("after the convolution", y.shape)
        return y


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
