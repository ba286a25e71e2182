"""A ConvNeXt-like MLP on (b, h, w, c)."""

from torch import nn

EXAMPLE = {"dim": 16}
INPUT = (2, 12, 12, 16)
CONTRACT = "b h w c -> b h w c"


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        return x + self.mlp(self.norm(x))
