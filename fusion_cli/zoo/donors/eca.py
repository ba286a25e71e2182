"""Efficient channel attention: gates each channel by its neighbours (Wang et al., 2020, arXiv:1910.03151)."""

import math

from torch import Tensor, nn

EXAMPLE = {"channels": 64}


class ECA(nn.Module):
    """x · σ(conv(mean of x)), the convolution running along the channels: `b c h w -> b c h w`.

    Args:
        channels: channels of the map.
        gamma, b: the kernel is about (log2(channels) + b) / gamma long, and odd.
    """

    def __init__(self, channels: int, gamma: float = 2, b: float = 1) -> None:
        super().__init__()
        size = int(abs((math.log2(channels) + b) / gamma))
        size += 1 - size % 2  # even numbers go up to the next odd one
        self.conv = nn.Conv1d(1, 1, size, padding=size // 2, bias=False)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = x.mean((2, 3)).unsqueeze(1)  # b 1 c
        scale = self.conv(scale).transpose(1, 2).unsqueeze(-1)  # b c 1 1
        return x * self.gate(scale)
