"""A strided convolution: either rounding of an odd size is right."""

from torch import nn

EXAMPLE = {"dim": 16}
CONTRACT = "b c h w -> b c2 h/2 w/2"


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, 2 * dim, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(2 * dim)
        self.act = nn.SiLU(inplace=True)

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))
