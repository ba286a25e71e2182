"""Activations computed again in backward."""

from torch.utils.checkpoint import checkpoint

from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1), nn.GELU(), nn.Dropout(0.1))

    def forward(self, x):
        if self.training and x.requires_grad:
            return x + checkpoint(self.body, x, use_reentrant=False)
        return x + self.body(x)
