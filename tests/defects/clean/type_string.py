"""`.type(x.data.type())` follows dtype and device together."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = self.conv(x)
        rows = torch.arange(x.shape[2]).view(-1, 1).type(y.data.type())
        return y + rows / x.shape[2]
