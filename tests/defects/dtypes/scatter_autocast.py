"""`index_add_` of half precision values into a float32 tensor."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        order = torch.arange(x.shape[1] - 1, -1, -1, device=x.device)
        return (x * 1.0).index_add_(1, order, self.conv(x))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        order = torch.arange(x.shape[1] - 1, -1, -1, device=x.device)
        return (x * 1.0).index_add_(1, order, self.conv(x).to(x.dtype))
