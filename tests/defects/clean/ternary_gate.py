"""Straight-through rounding: forward is a step, backward is the identity."""

from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Conv2d(dim, 1, 1)

    def forward(self, x):
        soft = self.score(x).sigmoid()
        return x * (soft + (soft.round() - soft).detach())
