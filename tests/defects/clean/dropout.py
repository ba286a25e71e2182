"""Dropout in training."""

from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Conv2d(dim, 2 * dim, 1), nn.GELU(), nn.Dropout(0.3), nn.Conv2d(2 * dim, dim, 1)
        )

    def forward(self, x):
        return x + self.mlp(x)
