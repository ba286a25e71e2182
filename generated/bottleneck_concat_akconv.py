"""AKConv runs beside `cv1..cv2` of Bottleneck, and a 1x1 convolution mixes both.

host        Bottleneck of the zoo
donor       AKConv of the zoo
pattern     concat at cv1..cv2
command     fuse concat Bottleneck AKConv
written by  fuse 0.1.0
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def autopad(
    k: int | tuple[int, int], p: int | tuple[int, int] | None = None, d: int = 1
) -> int | tuple[int, int]:
    """Return `p`, or what keeps the map's size under an odd kernel `k` dilated by `d`."""
    if p is not None:
        return p
    if isinstance(k, int):
        return (d * (k - 1) + 1) // 2
    return (d * (k[0] - 1) + 1) // 2, (d * (k[1] - 1) + 1) // 2


class Conv(nn.Module):
    """Convolution without bias, batch norm, activation: `b c1 h w -> b c2 h/s w/s`.

    Args:
        c1: input channels.
        c2: output channels.
        k: kernel size.
        s: stride.
        p: padding; None keeps the map's size under an odd kernel and stride 1.
        g: groups.
        d: dilation.
        act: True for SiLU, a module to use instead, anything else for none.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        k: int | tuple[int, int] = 1,
        s: int | tuple[int, int] = 1,
        p: int | tuple[int, int] | None = None,
        g: int = 1,
        d: int = 1,
        act: bool | nn.Module = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            c1, c2, k, s, autopad(k, p, d), groups=g, dilation=d, bias=False
        )
        self.bn = nn.BatchNorm2d(c2)
        self.act = (
            nn.SiLU()
            if act is True
            else act if isinstance(act, nn.Module) else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn(self.conv(x)))


class AKConv(nn.Module):
    """AKConv (arXiv:2311.11587): `b c1 h w -> b c2 h/stride w/stride`.

    Output pixel (i, j) is a weighted sum of num_param samples. Sample n is read bilinearly at row
    i·stride + r_n + Δr_n and column j·stride + c_n + Δc_n. The places (r_n, c_n) fill
    round(√num_param) columns row by row, the last row as far as it goes. The offsets come from
    `p_conv`: all Δr first, then all Δc. Its weights start at zero, so that at first the offsets are
    its bias.

    Where this differs from the code published with the paper:
        - A place beyond the border moves to the border, where the bilinear weights sum to 1 as they
          do inside. The published ones sum to 2 there, and to 4 in a corner.
        - Places are float32 or wider, whatever the input is: in half precision a place far from the
          origin is rounded to whole pixels, and its offset is lost.
        - There is no gradient hook: the published one returns nothing, so it has no effect.
        - `conv` is the YOLO Conv. Published weights (those built without `bias`) load when `conv.0.`
          is renamed to `conv.conv.` and `conv.1.` to `conv.bn.`; `p_conv.` stays.
    A copy in circulation has the same keys as this class, so that its weights load as they are, but
    computes something else: `indexing="xy"` in its meshgrids swaps the axes of square maps and
    scrambles others, and the padding of its `conv` mixes samples of neighbouring rows.

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
        # Parts of the channels are sampled side by side, as if they were samples of the batch: that
        # is what grid_sample runs in parallel on the CPU.
        self.parts = math.gcd(c1, 8)
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
        grid = grid.transpose(1, 2).flatten(1, 2)  # b (h' n) w' 2
        samples = F.grid_sample(
            x.to(dtype).reshape(b * self.parts, c // self.parts, h, w),
            grid.repeat_interleave(self.parts, dim=0),
            padding_mode="border",
            align_corners=False,
        )
        return samples.reshape(b, c, *grid.shape[1:3]).to(x.dtype)

    def _places(self, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows and the columns to read, in pixels: `b (2 n) h w -> b n h w` each."""
        h, w = offset.shape[2:]
        n = torch.arange(self.num_param, device=offset.device)[:, None, None]
        i = self.stride * torch.arange(h, device=offset.device)[:, None]
        j = self.stride * torch.arange(w, device=offset.device)
        columns = round(math.sqrt(self.num_param))
        row, col = offset.chunk(2, dim=1)
        return row + (i + n // columns), col + (j + n % columns)


class Bottleneck_AKConv(nn.Module):
    """AKConv runs beside `cv1..cv2` of Bottleneck, and a 1x1 convolution mixes both.

        y = x + fuse(cat([cv2(cv1(x)), akconv(x)], dim=1))
        where not shortcut or c1 != c2:
        y = fuse(cat([cv2(cv1(x)), akconv(x)], dim=1))

        akconv: AKConv(c1, c2)

    Shapes: b c1 h w -> b c2 h w.

    Args:
        c1: input channels.
        c2: output channels.
        shortcut: add the input where c1 = c2.
        g: groups of the second convolution.
        k: kernel sizes of the two convolutions.
        e: hidden channels as a share of c2.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        shortcut: bool = True,
        g: int = 1,
        k: tuple[int | tuple[int, int], int | tuple[int, int]] = (3, 3),
        e: float = 0.5,
    ) -> None:
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, k[0], 1)
        self.cv2 = Conv(c_, c2, k[1], 1, g=g)
        self.akconv = AKConv(c1, c2)
        self.fuse = nn.Conv2d(2 * c2, c2, 1)
        self.add = shortcut and c1 == c2

    def forward(self, x: Tensor) -> Tensor:
        y = self.fuse(torch.cat([self.cv2(self.cv1(x)), self.akconv(x)], dim=1))
        return x + y if self.add else y


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = Bottleneck_AKConv(c1=64, c2=64).to(device)
    x = torch.randn(2, 64, 16, 16, device=device)
    y = block(x)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)} on {device}")
