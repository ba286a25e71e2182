"""A name of einops in the arm of a conditional that the example does not take."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("constructs",)


class Defect(nn.Module):
    def __init__(self, dim, tokens=False):
        super().__init__()
        self.tokens = tokens
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.tokens:
            return rearrange(self.conv(x), "b c h w -> b (h w) c")
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim, tokens=False):
        super().__init__()
        self.tokens = tokens
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        if self.tokens:
            return self.conv(x).flatten(2).transpose(1, 2)
        return self.conv(x)
