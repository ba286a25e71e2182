"""Forward makes float64 the default and forgets to set it back."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("finite", "gradients", "modes", "sizes", "memory_format", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        torch.set_default_dtype(torch.float64)
        grid = torch.linspace(-1, 1, x.shape[-1], device=x.device)
        return self.conv(x) * grid.to(x.dtype)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        grid = torch.linspace(-1, 1, x.shape[-1], device=x.device, dtype=torch.float64)
        return self.conv(x) * grid.to(x.dtype)
