"""`F.dropout` drops in eval mode too unless it is told the mode."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return F.dropout(self.conv(x), 0.1)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return F.dropout(self.conv(x), 0.1, training=self.training)
