"""Convolutional block attention: channels, then places (Woo et al., 2018, arXiv:1807.06521)."""

import torch
from torch import Tensor, nn

from ..hosts.conv import Conv

EXAMPLE = {"channels": 64}


class CBAM(nn.Module):
    """CBAM, channel attention and then spatial attention: `b c h w -> b c h w`.

    y = x · σ(channel(mean over places) + channel(maximum over places)), then
    y · σ(spatial([mean over channels, maximum over channels])). As in the authors' code, there is a
    batch norm in `spatial`.

    Args:
        channels: channels of the map.
        reduction: how many times fewer the hidden channels are; at least one remains.
        kernel_size: odd size of the spatial kernel.
    """

    def __init__(self, channels: int, reduction: int = 16, kernel_size: int = 7) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.channel = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
        )
        self.spatial = Conv(2, 1, kernel_size, act=False)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        mean, peak = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        x = x * self.gate(self.channel(mean) + self.channel(peak))
        mean, peak = x.mean(1, keepdim=True), x.amax(1, keepdim=True)
        return x * self.gate(self.spatial(torch.cat((mean, peak), dim=1)))
