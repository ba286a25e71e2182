"""A sampling grid that ends halfway to the border."""

import torch
import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y, x_ = (torch.linspace(-0.5, 0.5, length).to(x) for length in x.shape[2:])
        grid = torch.stack(torch.meshgrid(x_, y, indexing="xy"), dim=-1)
        return self.conv(F.grid_sample(x, grid.expand(len(x), -1, -1, -1), align_corners=True))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y, x_ = (torch.linspace(-1, 1, length).to(x) for length in x.shape[2:])
        grid = torch.stack(torch.meshgrid(x_, y, indexing="xy"), dim=-1)
        return self.conv(F.grid_sample(x, grid.expand(len(x), -1, -1, -1), align_corners=True))
