"""The last attention map is kept with its graph, so an EMA cannot copy the module."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Conv2d(dim, 1, 1)
        self.attention = None

    def forward(self, x):
        self.attention = self.score(x).sigmoid()
        return x * self.attention


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Conv2d(dim, 1, 1)
        self.attention = None

    def forward(self, x):
        attention = self.score(x).sigmoid()
        self.attention = attention.detach()
        return x * attention
