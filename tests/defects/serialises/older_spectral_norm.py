"""The older spectral norm keeps the weight that it computed, with its graph, as an attribute."""

from torch import nn
from torch.nn.utils import spectral_norm

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = spectral_norm(nn.Conv2d(dim, dim, 3, padding=1))

    def forward(self, x):
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
