"""A float32 map receives what a convolution under autocast gives in half precision."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        kept = torch.arange(0, x.shape[1], 2, device=x.device)
        out = torch.zeros_like(x)
        out[:, kept] = self.conv(x)[:, kept]
        return out + x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        kept = torch.arange(0, x.shape[1], 2, device=x.device)
        y = self.conv(x)
        out = torch.zeros_like(y)
        out[:, kept] = y[:, kept]
        return out + x
