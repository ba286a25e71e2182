"""Attentional feature fusion: weighs two maps by what their sum shows (Dai et al., 2021, arXiv:2009.14082)."""

import torch
from torch import Tensor, nn

EXAMPLE = {"channels": 64}


class AFF(nn.Module):
    """w · x + (1 - w) · y, twice: `b c h w, b c h w -> b c h w` (eq. 4).

    w = σ(local(x + y) + wide(x + y)), where `local` sees each place alone and `wide` the mean of
    them all. As in the authors' code, both summands are doubled. There is no norm in `wide`: a
    batch of one has no statistics there.

    Args:
        channels: channels of both maps.
        reduction: how many times fewer the hidden channels are; at least one remains.
    """

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.local = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.wide = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
        )

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        both = x + y
        weight = torch.sigmoid(self.local(both) + self.wide(both))
        return 2 * x * weight + 2 * y * (1 - weight)
