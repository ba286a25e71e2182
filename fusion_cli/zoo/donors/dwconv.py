"""Depthwise convolution: a YOLO convolution channel by channel (Howard et al., 2017, arXiv:1704.04861)."""

import math

from torch import nn

from ..hosts.conv import Conv

EXAMPLE = {"c1": 64, "c2": 64, "k": 3}


class DWConv(Conv):
    """Conv with as many groups as c1 and c2 allow: `b c1 h w -> b c2 h/s w/s`.

    Args:
        c1: input channels.
        c2: output channels.
        k: kernel size.
        s: stride.
        d: dilation.
        act: True for SiLU, a module to use instead, anything else for none.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        k: int | tuple[int, int] = 1,
        s: int | tuple[int, int] = 1,
        d: int = 1,
        act: bool | nn.Module = True,
    ) -> None:
        super().__init__(c1, c2, k, s, g=math.gcd(c1, c2), d=d, act=act)
