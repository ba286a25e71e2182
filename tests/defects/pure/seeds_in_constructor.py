"""The constructor seeds numpy, from which the data loader draws."""

import numpy as np

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        np.random.seed(1)
        self.conv = nn.Conv2d(dim, dim, 1)
        self.order = np.random.permutation(dim).tolist()

    def forward(self, x):
        return self.conv(x[:, self.order])


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.order = np.random.RandomState(1).permutation(dim).tolist()

    def forward(self, x):
        return self.conv(x[:, self.order])
