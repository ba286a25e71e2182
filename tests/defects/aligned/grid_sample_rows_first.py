"""`grid_sample` takes x before y and is given rows before columns."""

import torch
import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


def sampled(x, grid):
    return F.grid_sample(x, grid.expand(len(x), -1, -1, -1), align_corners=True)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        rows, columns = (torch.linspace(-1, 1, length).to(x) for length in x.shape[2:])
        y, x_ = torch.meshgrid(rows, columns, indexing="ij")
        return self.conv(sampled(x, torch.stack((y, x_), dim=-1)))


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        rows, columns = (torch.linspace(-1, 1, length).to(x) for length in x.shape[2:])
        y, x_ = torch.meshgrid(rows, columns, indexing="ij")
        return self.conv(sampled(x, torch.stack((x_, y), dim=-1)))
