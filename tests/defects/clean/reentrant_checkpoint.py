"""Checkpointing of the older kind, which works with `backward` only."""

from torch import nn
from torch.utils.checkpoint import checkpoint

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1), nn.GELU())

    def forward(self, x):
        if self.training and x.requires_grad:
            return x + checkpoint(self.body, x, use_reentrant=True)
        return x + self.body(x)
