"""Runs a module of tokens that takes their grid, `forward(x, h, w)` or `forward(x, (h, w))`, on a map."""

from einops import rearrange
from torch import Tensor, nn


class SizedTokensOnMap(nn.Module):
    """The pixels of a map are the tokens of `module`: `b c h w -> b c2 h w`.

    Args:
        module: called with (x, h, w), maps `b (h w) c -> b (h w) c2`.
        pair: whether it is called with (x, (h, w)) instead.
    """

    def __init__(self, module: nn.Module, pair: bool = False) -> None:
        super().__init__()
        self.module = module
        self.pair = pair

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        grid = ((h, w),) if self.pair else (h, w)
        y = self.module(rearrange(x, "b c h w -> b (h w) c"), *grid)
        return rearrange(y, "b (h w) c -> b c h w", h=h, w=w)
