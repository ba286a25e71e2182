"""The size of a window read out of a tensor as numbers."""

import torch
import torch.nn.functional as F
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.register_buffer("reach", torch.tensor([1, 1]))

    def forward(self, x):
        rows, columns = self.reach.numpy()
        return F.avg_pool2d(self.conv(x), 3, 1, (int(rows), int(columns)))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.reach = (1, 1)

    def forward(self, x):
        return F.avg_pool2d(self.conv(x), 3, 1, self.reach)
