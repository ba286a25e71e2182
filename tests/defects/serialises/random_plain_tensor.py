"""Random frequencies as a plain attribute are others in every instance."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.frequency = torch.randn(dim, 1, 1)

    def forward(self, x):
        return (x * self.frequency.to(x)).sin()


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("frequency", torch.randn(dim, 1, 1))

    def forward(self, x):
        return (x * self.frequency).sin()
