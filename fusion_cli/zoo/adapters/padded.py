"""Pads a map to the sizes that a module can take, and crops what it makes."""

import torch.nn.functional as F
from torch import Tensor, nn


class Padded(nn.Module):
    """Zeros at the right and the bottom make height and width multiples of one number.

    `b c h w -> b c2 h w`; without effect where the sizes are multiples already.

    Args:
        module: maps `b c h w -> b c2 h w` for such sizes, or `b c2 h*times/stride w*times/stride`.
        multiple: the number.
        times, stride: how the size changes; it is rounded up, as padded convolutions do.
    """

    def __init__(self, module: nn.Module, multiple: int, times: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.module = module
        self.multiple = multiple
        self.times = times
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        y = self.module(F.pad(x, (0, -w % self.multiple, 0, -h % self.multiple)))
        h, w = (-(-size * self.times // self.stride) for size in (h, w))
        return y[:, :, :h, :w]
