"""The first GPU wherever there is one: not where the input lies on the second, or on the CPU."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        place = "cuda" if torch.cuda.is_available() else "cpu"
        return self.conv(x) + torch.ones(x.shape[-1]).to(place)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x) + torch.ones(x.shape[-1]).to(x)
