"""A dilated causal convolution over a sequence."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 36)
CONTRACT = "b c n -> b c n"


class Clean(nn.Module):
    def __init__(self, channels, kernel=3, dilation=2):
        super().__init__()
        self.padding = (kernel - 1) * dilation
        self.conv = nn.Conv1d(channels, channels, kernel, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x):
        return x + F.relu(self.norm(self.conv(F.pad(x, (self.padding, 0)))))
