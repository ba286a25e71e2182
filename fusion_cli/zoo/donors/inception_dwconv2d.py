"""Inception depthwise convolution: four branches over split channels (Yu et al., 2024, arXiv:2303.16900)."""

import torch
from torch import Tensor, nn

EXAMPLE = {"in_channels": 64}


class InceptionDWConv2d(nn.Module):
    """Identity, k×k, 1×band and band×1 kernels on a part of the channels each: `b c h w -> b c h w`.

    Args:
        in_channels: channels, at least 3.
        square_kernel_size: odd size of the square kernel.
        band_kernel_size: odd length of the two band kernels.
        branch_ratio: share of the channels that each of the three convolutions takes, at least one.

    Raises:
        ValueError: if the three convolutions would take more channels than there are.
    """

    def __init__(
        self,
        in_channels: int,
        square_kernel_size: int = 3,
        band_kernel_size: int = 11,
        branch_ratio: float = 0.125,
    ) -> None:
        super().__init__()
        gc = max(1, int(in_channels * branch_ratio))  # channels of a convolution branch
        if 3 * gc > in_channels:
            raise ValueError(f"three branches of {gc} channels do not fit into {in_channels}")
        square, band = square_kernel_size, band_kernel_size
        self.dwconv_hw = nn.Conv2d(gc, gc, square, padding=square // 2, groups=gc)
        self.dwconv_w = nn.Conv2d(gc, gc, (1, band), padding=(0, band // 2), groups=gc)
        self.dwconv_h = nn.Conv2d(gc, gc, (band, 1), padding=(band // 2, 0), groups=gc)
        self.split_indexes = [in_channels - 3 * gc, gc, gc, gc]

    def forward(self, x: Tensor) -> Tensor:
        x_id, x_hw, x_w, x_h = torch.split(x, self.split_indexes, dim=1)
        return torch.cat(
            (x_id, self.dwconv_hw(x_hw), self.dwconv_w(x_w), self.dwconv_h(x_h)), dim=1
        )
