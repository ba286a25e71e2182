"""A window function made in float32, multiplied into bfloat16 maps."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        window = torch.hann_window(x.shape[-1], periodic=False, device=x.device)
        return self.conv(x * window)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        window = torch.hann_window(x.shape[-1], periodic=False, device=x.device)
        return self.conv(x * window.to(x.dtype))
