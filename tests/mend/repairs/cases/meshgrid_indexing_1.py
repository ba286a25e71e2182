import torch
from torch import nn


class Grid(nn.Module):
    def forward(self, x):
        b, c, h, w = x.shape
        # rows, columns
        rows, columns = torch.meshgrid(
            torch.arange(0, h * 2, 2),  # rows
            torch.arange(0, w), indexing='xy')
        return rows + columns
# output
import torch
from torch import nn


class Grid(nn.Module):
    def forward(self, x):
        b, c, h, w = x.shape
        # rows, columns
        rows, columns = torch.meshgrid(
            torch.arange(0, h * 2, 2),  # rows
            torch.arange(0, w), indexing="ij")
        return rows + columns
