"""Rearrangement by einops, as layer and as function."""

from einops import rearrange
from einops.layers.torch import Rearrange

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        self.heads = heads
        self.tokens = Rearrange("b c h w -> b (h w) c")
        self.qkv = nn.Linear(dim, 3 * dim)

    def forward(self, x):
        split = rearrange(self.qkv(self.tokens(x)), "b n (k m d) -> k b m n d", k=3, m=self.heads)
        y = F.scaled_dot_product_attention(*split.unbind(0))
        return x + rearrange(y, "b m (h w) d -> b (m d) h w", h=x.shape[2])
