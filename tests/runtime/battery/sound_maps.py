"""Sound modules whose output lies over the input in unusual ways: `aligned` must fail none.

`CASES` gives each its constructor arguments, input shapes, axis names and the outcome it deserves.
"""

import torch
import torch.nn.functional as F
from einops.layers.torch import Rearrange  # noqa: F401 (named in the text of a case)
from torch import nn

MAP = ((2, 16, 12, 12),)


class Layers(nn.Sequential):
    """Plain layers, named by the text that builds them."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*(eval(text) for text in texts))


class Residual(nn.Module):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.branch = eval(text)
        self.scale = nn.Parameter(torch.full((16, 1, 1), 1e-6))

    def forward(self, x):
        return x + self.scale * self.branch(x)


class EvenKernel(nn.Module):
    """A kernel of even size, padded by one pixel more at the end."""

    def __init__(self, size: int, stride: int = 1) -> None:
        super().__init__()
        self.pad = ((size - 1) // 2, size // 2) * 2
        self.conv = nn.Conv2d(16, 16, size, stride)

    def forward(self, x):
        return self.conv(F.pad(x, self.pad))


class SE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.squeeze, self.excite = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)

    def forward(self, x):
        return x * self.excite(self.squeeze(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class CBAM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 16, 1))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        mean, top = F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, 1)
        x = x * (self.mlp(mean) + self.mlp(top)).sigmoid()
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return x * self.spatial(pooled).sigmoid()


class CoordinateGate(nn.Module):
    """A gate from the means of every row and every column."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.columns = nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 1)

    def forward(self, x):
        rows = self.rows(x.mean(3, keepdim=True)).sigmoid()
        return x * rows * self.columns(x.mean(2, keepdim=True)).sigmoid()


class ColumnNorm(nn.Module):
    """Weighs each column by its norm (what a misread global response norm does)."""

    def forward(self, x):
        norm = x.norm(dim=(1, 2), keepdim=True)
        return x + x * norm / norm.mean(3, keepdim=True)


class Farthest(nn.Module):
    """Attention by distance that starts out favouring what lies farthest (ConViT, untrained)."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Conv2d(16, 16, 1)

    def forward(self, x):
        h, w = x.shape[2:]
        rows = torch.arange(h, device=x.device).repeat_interleave(w)
        columns = torch.arange(w, device=x.device).repeat(h)
        away = (rows[:, None] - rows) ** 2 + (columns[:, None] - columns) ** 2
        weights = (0.05 * away.to(x.dtype)).softmax(1)
        return x + (self.value(x).flatten(2) @ weights.T).reshape(x.shape)


class Attention(nn.Module):
    """Self-attention over tokens (b, n, 16)."""

    def __init__(self, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, tokens):
        q, k, v = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class MapAttention(Attention):
    def forward(self, x):
        tokens = super().forward(x.flatten(2).transpose(1, 2))
        return tokens.transpose(1, 2).reshape(x.shape)


class LinearAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(16, 48, 1)

    def forward(self, x):
        q, k, v = self.qkv(x).flatten(2).chunk(3, dim=1)
        mixed = (v @ k.softmax(2).transpose(1, 2)) @ q.softmax(1)
        return mixed.reshape(x.shape)


class ChannelAttention(nn.Module):
    """Attention among channels over all places (as in XCA and Restormer)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(16, 48, 1)

    def forward(self, x):
        q, k, v = self.qkv(x).flatten(2).chunk(3, dim=1)
        weights = F.normalize(q, dim=2) @ F.normalize(k, dim=2).transpose(1, 2)
        return (weights.softmax(2) @ v).reshape(x.shape)


class AxialAttention(MapAttention):
    def forward(self, x):
        b, c, h, w = x.shape
        rows = Attention.forward(self, x.permute(0, 2, 3, 1).reshape(b * h, w, c))
        x = rows.reshape(b, h, w, c).transpose(1, 2).reshape(b * w, h, c)
        columns = Attention.forward(self, x)
        return columns.reshape(b, w, h, c).permute(0, 3, 2, 1)


class WindowAttention(Attention):
    """Attention in windows of four, padded where they do not fit, shifted and shifted back."""

    def __init__(self, shift: int = 0) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x):
        h, w = x.shape[2:]
        x = F.pad(x, (0, -w % 4, 0, -h % 4))
        x = torch.roll(x, (-self.shift, -self.shift), (2, 3))
        b, c, height, width = x.shape
        windows = x.reshape(b, c, height // 4, 4, width // 4, 4).permute(0, 2, 4, 3, 5, 1)
        windows = super().forward(windows.reshape(-1, 16, c))
        x = windows.reshape(b, height // 4, width // 4, 4, 4, c).permute(0, 5, 1, 3, 2, 4)
        x = torch.roll(x.reshape(b, c, height, width), (self.shift, self.shift), (2, 3))
        return x[:, :, :h, :w]


class GridAttention(Attention):
    """Attention among pixels that lie four apart (MaxViT)."""

    def forward(self, x):
        b, c, h, w = x.shape
        grids = x.reshape(b, c, h // 4, 4, w // 4, 4).permute(0, 3, 5, 2, 4, 1)
        grids = super().forward(grids.reshape(b * 16, -1, c))
        grids = grids.reshape(b, 4, 4, h // 4, w // 4, c).permute(0, 5, 3, 1, 4, 2)
        return x + grids.reshape(x.shape)


class FourierConvolution(nn.Module):
    """A 1 × 1 convolution over real and imaginary parts (fast Fourier convolution)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(32, 32, 1), nn.BatchNorm2d(32), nn.ReLU())

    def forward(self, x):
        spectrum = torch.fft.rfft2(x, norm="ortho")
        real, imaginary = self.conv(torch.cat([spectrum.real, spectrum.imag], 1)).chunk(2, dim=1)
        return torch.fft.irfft2(torch.complex(real, imaginary), s=x.shape[-2:], norm="ortho")


class FourierBranch(FourierConvolution):
    def forward(self, x):
        return x + super().forward(x)


class GlobalFilter(nn.Module):
    """One free complex weight a frequency: a convolution as large as the map (GFNet)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(16, 12, 7, 2) * 0.02)

    def forward(self, x):
        spectrum = torch.fft.rfft2(x, norm="ortho") * torch.view_as_complex(self.weight)
        return torch.fft.irfft2(spectrum, s=x.shape[-2:], norm="ortho")


class Deformable(nn.Module):
    """Samples at learned offsets in pixels, which start at zero."""

    def __init__(self, reach: float = 0.0) -> None:
        super().__init__()
        self.offset = nn.Conv2d(16, 2, 3, padding=1)
        nn.init.normal_(self.offset.weight, std=reach)
        self.conv = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        rows = torch.linspace(-1, 1, h, device=x.device, dtype=x.dtype)
        columns = torch.linspace(-1, 1, w, device=x.device, dtype=x.dtype)
        y, x_ = torch.meshgrid(rows, columns, indexing="ij")
        moved = self.offset(x).permute(0, 2, 3, 1) * (2 / max(h, w))
        grid = torch.stack((x_, y), dim=-1) + moved
        return self.conv(F.grid_sample(x, grid, align_corners=True, padding_mode="border"))


class Warp(nn.Module):
    """Samples its first input where the second, a flow in pixels, points to."""

    def forward(self, x, flow):
        h, w = x.shape[2:]
        y, x_ = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        columns = 2 * (x_ + flow[:, 0]) / (w - 1) - 1
        rows = 2 * (y + flow[:, 1]) / (h - 1) - 1
        return F.grid_sample(x, torch.stack((columns, rows), dim=-1), align_corners=True)


class Focus(nn.Module):
    """Space to depth by slices (YOLOv5)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(64, 32, 3, padding=1)

    def forward(self, x):
        corners = [x[..., i::2, j::2] for j in (0, 1) for i in (0, 1)]
        return self.conv(torch.cat(corners, dim=1))


class SpatialShift(nn.Module):
    """Groups of channels move one pixel each way, as in S²-MLP: all together stay in place."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(16, 16, 1)

    def forward(self, x):
        moves = ((1, 2), (-1, 2), (1, 3), (-1, 3))
        moved = [torch.roll(p, *move) for p, move in zip(x.chunk(4, 1), moves, strict=True)]
        return self.proj(torch.cat(moved, dim=1))


class MaskedConv(nn.Conv2d):
    """Reads only the pixels before its own, row by row (PixelCNN)."""

    def __init__(self, size: int) -> None:
        super().__init__(16, 16, size, padding=size // 2)
        mask = torch.ones(size, size)
        mask[size // 2, size // 2 + 1 :] = 0
        mask[size // 2 + 1 :] = 0
        self.register_buffer("mask", mask)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class PyramidPooling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(16, 4, 1) for _ in range(3))

    def forward(self, x):
        size = x.shape[2:]
        pooled = [conv(F.adaptive_avg_pool2d(x, n)) for n, conv in enumerate(self.convs, start=1)]
        up = [F.interpolate(p, size, mode="bilinear", align_corners=False) for p in pooled]
        return torch.cat([x, *up], dim=1)


class PooledShortcut(nn.Module):
    """Strided convolutions beside a shortcut whose gate pools every second pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, 2, 1), nn.Conv2d(16, 16, 3, padding=1))
        self.shortcut = nn.Sequential(nn.Conv2d(16, 16, 1, 2), SE())

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class CoarseBranch(nn.Module):
    """Half the size and up again, cropped to the input's where it was odd."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(16, 16, 2, stride=2)

    def forward(self, x):
        return self.up(self.down(x))[:, :, : x.shape[2], : x.shape[3]]


class Dilations(nn.Module):
    """Parallel dilated convolutions (ASPP)."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(16, 8, 3, padding=d, dilation=d) for d in (1, 3, 6))

    def forward(self, x):
        return torch.cat([conv(x) for conv in self.convs], dim=1)


class Scan(nn.Module):
    """Running sums along the rows in both directions, added (a two-way state space scan)."""

    def forward(self, x):
        return x.cumsum(3) + x.flip(3).cumsum(3).flip(3)


class FusedScales(nn.Module):
    """A fine and a coarse map, the coarse one upsampled (a feature pyramid)."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 1)

    def forward(self, fine, coarse):
        up = F.interpolate(self.coarse(coarse), fine.shape[2:], mode="nearest")
        return self.fine(fine) + up


class TokenConv(nn.Module):
    """A depthwise convolution over tokens of a square map (b, n, c)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(16, 16, 3, padding=1, groups=16)

    def forward(self, tokens):
        b, n, c = tokens.shape
        side = int(n**0.5)
        maps = self.conv(tokens.transpose(1, 2).reshape(b, c, side, side))
        return maps.flatten(2).transpose(1, 2)


class ChannelsLast(nn.Module):
    """A ConvNeXt-like layer over (b, h, w, c)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.proj = nn.Conv2d(16, 16, 7, padding=3, groups=16), nn.Linear(16, 16)

    def forward(self, x):
        return x + self.proj(self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


class PatchEmbed(nn.Module):
    """A map to tokens, in patches."""

    def __init__(self, size: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(16, 16, size, size)

    def forward(self, x):
        return self.conv(x).flatten(2).transpose(1, 2)


class FixedBatch(nn.Module):
    """Takes a batch of two and no other."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x):
        return self.conv(x.reshape(2, 16, *x.shape[2:]))


class ChannelPool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3), keepdim=True) * torch.ones_like(x)


class Detached(nn.Module):
    def forward(self, x):
        return torch.zeros_like(x)


class Causal(nn.Module):
    def __init__(self, reach):
        super().__init__()
        self.reach = reach
        self.conv = nn.Conv1d(16, 16, 2, padding=reach, dilation=reach)

    def forward(self, x):
        return self.conv(x)[:, :, : -self.reach]


def layers(*texts, deserves="passed"):
    return Layers, {"*": texts}, MAP, None, deserves


def of(cls, shapes=MAP, names=None, deserves="passed", **args):
    return cls, args, shapes, names, deserves


CASES = {
    "pointwise": layers("nn.Conv2d(16, 32, 1)"),
    "conv3": layers("nn.Conv2d(16, 16, 3, padding=1)"),
    "conv7-depthwise": layers("nn.Conv2d(16, 16, 7, padding=3, groups=16)"),
    "conv-band": layers("nn.Conv2d(16, 16, (1, 11), padding=(0, 5), groups=16)"),
    "conv-unpadded": layers("nn.Conv2d(16, 16, 3)", "nn.Conv2d(16, 16, 3)"),
    "conv-circular": layers("nn.Conv2d(16, 16, 3, padding=1, padding_mode='circular')"),
    "conv-reflect": layers("nn.Conv2d(16, 16, 5, padding=2, padding_mode='reflect')"),
    "conv-larger-than-map": layers(
        "nn.Conv2d(16, 16, 55, padding=27, groups=16)", deserves="skipped"
    ),
    "even2": of(EvenKernel, size=2),
    "even4": of(EvenKernel, size=4),
    "even4-grows": layers("nn.Conv2d(16, 16, 4, padding=2)"),
    "even4-stride2": of(EvenKernel, size=4, stride=2),
    "even-same-twice": layers(
        "nn.Conv2d(16, 16, 4, padding='same')", "nn.Conv2d(16, 16, 4, padding='same')"
    ),
    "dilated": layers("nn.Conv2d(16, 16, 3, padding=3, dilation=3)"),
    "dilated-even": layers("nn.Conv2d(16, 16, 2, padding=2, dilation=4)"),
    "aspp": of(Dilations),
    "stride2": layers("nn.Conv2d(16, 32, 3, stride=2, padding=1)"),
    "stride2-kernel2": layers("nn.Conv2d(16, 32, 2, stride=2)"),
    "stride2-kernel1": layers("nn.Conv2d(16, 32, 1, stride=2)"),
    "stride4-stem": layers("nn.Conv2d(16, 32, 7, stride=4, padding=3)"),
    "stride4-two": layers("nn.Conv2d(16, 32, 3, 2, 1)", "nn.ReLU()", "nn.Conv2d(32, 32, 3, 2, 1)"),
    "max-pool": layers("nn.MaxPool2d(3, 1, 1)"),
    "max-pool-stride": layers("nn.Conv2d(16, 8, 1)", "nn.MaxPool2d(3, 2, 1)"),
    "max-pool-wide": layers("nn.MaxPool2d(5, 1, 2)", "nn.MaxPool2d(5, 1, 2)"),
    "max-pool-ceil": layers("nn.MaxPool2d(2, 2, ceil_mode=True)"),
    "average-pool": layers("nn.AvgPool2d(3, 2, 1)"),
    "adaptive-pool": layers("nn.AdaptiveAvgPool2d(7)"),
    "transposed-conv": layers("nn.ConvTranspose2d(16, 8, 2, stride=2)"),
    "transposed-conv4": layers("nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)"),
    "transposed-conv3": layers("nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1)"),
    "upsample-nearest": layers("nn.Upsample(scale_factor=2)"),
    "upsample-bilinear": layers("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)"),
    "upsample-third": layers("nn.Upsample(scale_factor=1.5, mode='bilinear')"),
    "pixel-shuffle": layers("nn.Conv2d(16, 64, 3, padding=1)", "nn.PixelShuffle(2)"),
    "pixel-unshuffle": layers("nn.PixelUnshuffle(2)", "nn.Conv2d(64, 16, 3, padding=1)"),
    "einops-depth": layers(
        "Rearrange('b c (h r) (w s) -> b (c r s) h w', r=2, s=2)", "nn.Conv2d(64, 16, 1)"
    ),
    "focus": of(Focus),
    "unshuffle-shuffle": layers(
        "nn.PixelUnshuffle(2)", "nn.Conv2d(64, 64, 3, padding=1)", "nn.PixelShuffle(2)"
    ),
    "batch-norm": layers("nn.BatchNorm2d(16)"),
    "group-norm": layers("nn.Conv2d(16, 16, 3, padding=1)", "nn.GroupNorm(4, 16)", "nn.SiLU()"),
    "instance-norm": layers("nn.InstanceNorm2d(16)"),
    "softmax-over-channels": layers("nn.Conv2d(16, 16, 3, padding=1)", "nn.Softmax(dim=1)"),
    "residual-scale": of(Residual, text="nn.Conv2d(16, 16, 3, padding=1)"),
    "residual-attention": of(Residual, text="MapAttention()"),
    "se": of(SE),
    "strided-gate": of(PooledShortcut),
    "conv-se": layers("nn.Conv2d(16, 16, 3, padding=1)", "SE()"),
    "cbam": of(CBAM),
    "coordinate-gate": of(CoordinateGate),
    "column-norm": of(ColumnNorm),
    "farthest": of(Farthest),
    "wide-window-and-gate": layers("nn.Conv2d(16, 16, 9, padding=4)", "SE()"),
    "stride16": of(PatchEmbed, ((2, 16, 64, 64),), size=16),
    "channel-attention": of(ChannelAttention),
    "attention": of(MapAttention),
    "attention-then-conv": layers("MapAttention()", "nn.Conv2d(16, 16, 3, padding=1)"),
    "linear-attention": of(LinearAttention),
    "axial-attention": of(AxialAttention, deserves="skipped"),
    "window-attention": of(WindowAttention),
    "shifted-windows": of(WindowAttention, shift=2),
    "windows-both": layers("WindowAttention()", "WindowAttention(2)"),
    "grid-attention": of(GridAttention),
    "fourier-convolution": of(FourierConvolution),
    "fourier-then-conv": layers("FourierConvolution()", "nn.Conv2d(16, 16, 3, padding=1)"),
    "fourier-branch": of(FourierBranch),
    "fourier-branch-conv": layers("FourierBranch()", "nn.Conv2d(16, 16, 3, padding=1)"),
    "global-filter": of(GlobalFilter, deserves="skipped"),
    "deformable-at-rest": of(Deformable),
    "deformable-moved": of(Deformable, reach=0.1),
    "warp": of(Warp, ((2, 16, 12, 12), (2, 2, 12, 12)), ("b c h w", "b t h w")),
    "spatial-shift": of(SpatialShift),
    "masked-conv": of(MaskedConv, size=5),
    "pyramid-pooling": of(PyramidPooling),
    "scan": of(Scan),
    "coarse": of(CoarseBranch),
    "two-scales": of(FusedScales, ((2, 16, 12, 12), (2, 16, 6, 6)), ("b c h w", "b c p q")),
    "tokens-attention": of(Attention, ((2, 144, 16),), ("b n c",)),
    "tokens-conv": of(TokenConv, ((2, 144, 16),), ("b n c",)),
    "tokens-in-line": of(Attention, ((2, 39, 16),), ("b n c",)),
    "series": of(Causal, ((2, 16, 144),), ("b c n",), reach=1),
    "series-causal": of(Causal, ((2, 16, 144),), ("b c n",), reach=4),
    "patch-embed": of(PatchEmbed, ((2, 16, 32, 32),)),
    "channels-last": of(ChannelsLast, ((2, 12, 12, 16),), ("b h w c",)),
    "fixed-batch": of(FixedBatch),
    "global-pool": of(ChannelPool, deserves="skipped"),
    "no-gradient": of(Detached, deserves="skipped"),
    "gate": layers("nn.AdaptiveAvgPool2d(1)", "nn.Conv2d(16, 16, 1)", deserves="skipped"),
}
