"""A decoder's weight is set to the encoder's in every forward, which undoes what it learned."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.encode = nn.Conv2d(dim, dim, 1)
        self.decode = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        self.decode.weight.data.copy_(self.encode.weight.data.transpose(0, 1))
        return self.decode(F.relu(self.encode(x)))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.encode = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = F.relu(self.encode(x))
        return F.conv2d(y, self.encode.weight.transpose(0, 1))
