"""AKConv: convolution over samples at learned offsets (Zhang et al., 2023, arXiv:2311.11587)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..hosts.conv import Conv

EXAMPLE = {"c1": 64, "c2": 64}


class AKConv(nn.Module):
    """Alterable kernel convolution: `b c1 h w -> b c2 h/stride w/stride`.

    Output pixel (i, j) is a weighted sum of num_param samples. Sample n is read bilinearly at row
    i·stride + r_n + Δr_n and column j·stride + c_n + Δc_n, where the initial places (r_n, c_n) fill
    round(√num_param) columns row by row, the last row as far as it goes, and `p_conv` predicts the
    offsets from the input: all Δr first, then all Δc. At the start they are its bias.

    Where this differs from the code published with the paper:
        - A sample beyond the border is read at the border. The published bilinear weights sum to 2
          there and to 4 in a corner, which brightens the border; these sum to 1 everywhere.
        - Places are computed in float32 or wider: in half precision, a place far from the origin is
          rounded to whole pixels, and an offset is lost.
        - No gradient hook: the published one returns nothing, so it never scaled a gradient.
        - `conv` is the YOLO Conv. Published weights (built without `bias`) load under the keys
          `conv.0.` -> `conv.conv.` and `conv.1.` -> `conv.bn.`; `p_conv.` stays.
    A variant in circulation has `indexing="xy"` in its meshgrids, which swaps the axes of square
    maps and scrambles others, and pads `conv`, which mixes samples of neighbouring rows. Its weights
    load as they are; they mean what they say only here.

    Args:
        c1: input channels.
        c2: output channels.
        stride: distance of the output pixels in the input.
        num_param: number of samples, at least 1.
    """

    def __init__(self, c1: int, c2: int, stride: int = 1, num_param: int = 5) -> None:
        super().__init__()
        self.stride = stride
        self.num_param = num_param
        self.conv = Conv(c1, c2, k=(num_param, 1), s=(num_param, 1), p=0)
        self.p_conv = nn.Conv2d(c1, 2 * num_param, 3, stride, padding=1)
        nn.init.zeros_(self.p_conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self._sample(x, self.p_conv(x)))

    def _sample(self, x: Tensor, offset: Tensor) -> Tensor:
        """Read `x` at the places: `b c h w, b (2 n) h' w' -> b c (h' n) w'`."""
        b, c, h, w = x.shape
        dtype = torch.promote_types(x.dtype, torch.float32)
        row, col = self._places(offset.to(dtype))
        # In units of the map, −1 and 1 being the outer edges of its first and last pixels.
        grid = torch.stack(((2 * col + 1) / w - 1, (2 * row + 1) / h - 1), dim=-1)
        # Channels are sampled in groups side by side: the CPU kernel runs in parallel over the
        # batch alone, which is 1 at inference.
        groups = math.gcd(c, 8)
        samples = F.grid_sample(
            x.to(dtype).reshape(b * groups, c // groups, h, w),
            grid.repeat_interleave(groups, dim=0),
            padding_mode="border",
            align_corners=False,
        )
        return samples.reshape(b, c, *grid.shape[1:3]).to(x.dtype)

    def _places(self, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows and the columns to read, in pixels: `b (2 n) h w -> b (h n) w` each."""
        h, w = offset.shape[2:]
        n = torch.arange(self.num_param, device=offset.device)
        columns = round(math.sqrt(self.num_param))
        i = self.stride * torch.arange(h, device=offset.device)
        j = self.stride * torch.arange(w, device=offset.device)
        row, col = offset.transpose(1, 2).chunk(2, dim=2)  # each b h n w
        row = row + (i[:, None] + n // columns)[:, :, None]
        col = col + ((n % columns)[:, None] + j)
        return row.flatten(1, 2), col.flatten(1, 2)
