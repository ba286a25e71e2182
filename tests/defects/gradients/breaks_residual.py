"""The input is changed in place, which a residual sum around the block does not survive."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("pure",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x.clamp_(min=-1))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.conv(x.clamp(min=-1))
