"""A lambda as an attribute cannot be pickled."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.act = lambda x: F.leaky_relu(x, 0.1)

    def forward(self, x):
        return self.act(self.conv(x))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.act = F.gelu

    def forward(self, x):
        return self.act(self.conv(x))
