"""Runs a module of tokens on a map: rearranged to `b (h w) c` before it and back behind it."""

from einops import rearrange
from torch import Tensor, nn


class TokensOnMap(nn.Module):
    """The pixels of a map are the tokens of `module`: `b c h w -> b c2 h w`.

    Args:
        module: maps `b n c -> b n c2`.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        y = self.module(rearrange(x, "b c h w -> b (h w) c"))
        return rearrange(y, "b (h w) c -> b c h w", h=h, w=w)
