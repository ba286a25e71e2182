"""Half of the channels are cut off by ReLU at the start, and learn to come back."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        with torch.no_grad():
            self.conv.bias[: dim // 2] = -1000.0
        self.proj = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.proj(self.conv(x).relu())
