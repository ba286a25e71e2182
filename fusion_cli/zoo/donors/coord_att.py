"""Coordinate attention: gates each row and each column by what is pooled along it (Hou et al., 2021, arXiv:2103.02907)."""

import torch
from torch import Tensor, nn

EXAMPLE = {"channels": 64}


class CoordAtt(nn.Module):
    """y[c, i, j] = x[c, i, j] · g_h[c, i] · g_w[c, j]: `b c h w -> b c h w` (equations 4 to 10).

    Rows and columns are pooled apart (z_h: `b c h 1`, z_w: `b c 1 w`), squeezed together by one
    layer, f = act(bn(conv1([z_h, z_w]))), and opened again apart: g_h = σ(conv_h(f_h)),
    g_w = σ(conv_w(f_w)).

    Args:
        channels: channels of the map.
        reduction: how many times fewer the hidden channels are; at least 8 remain.
    """

    def __init__(self, channels: int, reduction: int = 32) -> None:
        super().__init__()
        hidden = max(8, channels // reduction)
        self.conv1 = nn.Conv2d(channels, hidden, 1, bias=False)
        self.bn = nn.BatchNorm2d(hidden)
        self.act = nn.Hardswish()
        self.conv_h = nn.Conv2d(hidden, channels, 1)
        self.conv_w = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        rows = x.mean(3, keepdim=True)
        columns = x.mean(2, keepdim=True).transpose(2, 3)
        f = self.act(self.bn(self.conv1(torch.cat((rows, columns), 2))))
        f_h, f_w = f.split((height, width), 2)
        return x * self.conv_h(f_h).sigmoid() * self.conv_w(f_w.transpose(2, 3)).sigmoid()
