# fuse: serial Context SE --at attn
from torch import nn


class Context(nn.Module):
    def __init__(self, dim, use_attn=True):
        super().__init__()
        self.attn = nn.Conv2d(dim, dim, 1) if use_attn else None
        self.proj = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = x if self.attn is None else self.attn(x)
        return self.proj(y)

# expected
class Context_SE(nn.Module):
    """SE follows `attn` of Context.

        y = proj(se(attn(x)))
        y = proj(x)    (where not use_attn)

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, use_attn=True):
        super().__init__()
        self.attn = nn.Conv2d(dim, dim, 1) if use_attn else None
        self.se = SE(dim)
        self.proj = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        y = x if self.attn is None else self.se(self.attn(x))
        return self.proj(y)
