"""Donors that need an adapter at most sites, each for another reason, and some that none helps."""

import torch
from torch import nn


class Attention(nn.Module):
    """Tokens: b n c -> b n c."""

    def __init__(self, dim, heads=4):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.heads = heads

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, c))


class Mlp(nn.Module):
    """Pixels or tokens, one by one: b n c -> b n c."""

    def __init__(self, dim, mlp_ratio=2):
        super().__init__()
        self.fc1 = nn.Linear(dim, dim * mlp_ratio)
        self.fc2 = nn.Linear(dim * mlp_ratio, dim)

    def forward(self, x):
        return self.fc2(self.fc1(x).relu())


class GridConv(nn.Module):
    """Tokens and their grid: forward(x, H, W)."""

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)

    def forward(self, x, H, W):
        b, n, c = x.shape
        return self.conv(x.transpose(1, 2).reshape(b, c, H, W)).flatten(2).transpose(1, 2)


class PairConv(GridConv):
    """The same with their grid in a tuple: forward(x, hw_shape)."""

    def forward(self, x, hw_shape):
        return super().forward(x, *hw_shape)


class ChannelsLast(nn.Module):
    """b h w c -> b h w c."""

    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)

    def forward(self, x):
        return self.conv(self.norm(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Windows(nn.Module):
    """Runs where height and width are multiples of the window."""

    def __init__(self, dim, window=8):
        super().__init__()
        self.window = window
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, c, h, w = x.shape
        s = self.window
        y = x.view(b, c, h // s, s, w // s, s).permute(0, 2, 4, 3, 5, 1).reshape(-1, s * s, c)
        y = self.proj(y + y.mean(1, keepdim=True))
        return y.view(b, h // s, w // s, s, s, c).permute(0, 5, 1, 3, 2, 4).reshape(b, c, h, w)


class WithWeights(nn.Module):
    """A map, and the weights that it was multiplied with."""

    def __init__(self, dim):
        super().__init__()
        self.q = nn.Conv2d(dim, 1, 1)

    def forward(self, x):
        weights = self.q(x).sigmoid()
        return x * weights, weights


class Listed(nn.Module):
    """A map in a list."""

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return [self.conv(x)]


class Haar(nn.Module):
    """b c h w -> b c*2 h/2 w/2, without an argument for any of it."""

    def forward(self, x):
        even, odd = x[:, :, ::2], x[:, :, 1::2]
        return torch.cat([(even + odd)[..., ::2], (even - odd)[..., ::2]], 1)


class Half(nn.Module):
    """b c h w -> b c h/2 w/2; an attribute `half` would hide a method of nn.Module."""

    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, 2, 1)

    def forward(self, x):
        return self.conv(x)


class Pixels(nn.Module):
    """Takes 3 channels and makes 8, whatever stands around it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class TwoMaps(nn.Module):
    """Two maps of which neither is the first in any sense."""

    def __init__(self, dim):
        super().__init__()
        self.a = nn.Conv2d(dim, dim, 1)
        self.b = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.a(x), self.b(x)


class Named(TwoMaps):
    """A dictionary."""

    def forward(self, x):
        return {"out": self.b(self.a(x)), "mean": self.a(x).mean((2, 3))}


class TwoInputs(TwoMaps):
    def forward(self, x, y):
        return self.b(self.a(x)) + y


class Position(nn.Module):
    """Runs at the size that it was built for."""

    def __init__(self, dim, size=16):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1, dim, size, size))
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x + self.place)


class Picky(nn.Module):
    """Cannot be built with its own default."""

    def __init__(self, dim, groups=3):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=groups)

    def forward(self, x):
        return self.conv(x)


class Larger(nn.Module):
    """b c h w -> b c h*2 w*2"""

    def __init__(self, dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(dim, dim, 2, 2)

    def forward(self, x):
        return self.up(x)


class Doubled(nn.Module):
    """The same with a stride that may undo it."""

    def __init__(self, c1, c2, stride=1):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2)
        self.conv = nn.Conv2d(c1, c2, 3, stride, 1)

    def forward(self, x):
        return self.conv(self.up(x))


class Merging(GridConv):
    """A quarter of the tokens: b n c, h, w -> b n/4 c."""

    def forward(self, x, H, W):
        b, n, c = x.shape
        y = x.transpose(1, 2).reshape(b, c, H, W)
        return self.conv(y[..., ::2, ::2]).flatten(2).transpose(1, 2)
