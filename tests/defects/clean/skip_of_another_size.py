"""A decoder enlarges its map and crops it to that of the skip connection, then gates the channels."""

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
INPUT = ((2, 16, 12, 12), (2, 16, 12, 12))
CONTRACT = "b c h w, b c h w -> b c h w"


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv = nn.Conv2d(2 * dim, dim, 3, padding=1)
        self.gate = nn.Conv2d(dim, dim, 1)

    def forward(self, x, skip):
        x = self.up(x)
        down, right = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        x = F.pad(x, [right // 2, right - right // 2, down // 2, down - down // 2])
        y = self.conv(torch.cat([skip, x], dim=1))
        return y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True)))
