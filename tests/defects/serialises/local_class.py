"""A class made inside the constructor cannot be found again by pickle."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()

        class Scale(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(dim, 1, 1))

            def forward(self, x):
                return x * self.weight

        self.scale = Scale()

    def forward(self, x):
        return self.scale(x)


class LayerScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        return x * self.weight


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = LayerScale(dim)

    def forward(self, x):
        return self.scale(x)
