"""Sampling positions in float32 beside a feature map of another dtype."""

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        h, w = x.shape[2:]
        rows = torch.linspace(-1, 1, h, device=x.device)
        columns = torch.linspace(-1, 1, w, device=x.device)
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
        return F.grid_sample(self.conv(x), grid.expand(x.shape[0], -1, -1, -1), align_corners=True)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        h, w = x.shape[2:]
        rows = torch.linspace(-1, 1, h, device=x.device)
        columns = torch.linspace(-1, 1, w, device=x.device)
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
        y = self.conv(x)
        grid = grid.to(y.dtype).expand(x.shape[0], -1, -1, -1)
        return F.grid_sample(y, grid, align_corners=True)
