"""Statistics in float32 with autocast off, and back to the input's dtype."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        y = self.conv(x)
        with torch.autocast(device_type=x.device.type, enabled=False):
            z = y.float()
            z = z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-6)
        return z.to(y.dtype) * self.scale.to(y.dtype)
