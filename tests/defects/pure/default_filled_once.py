"""A default dict that the first instance completes for all that follow."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim, *, norm={"affine": True}):
        super().__init__()
        norm.setdefault("eps", 1e-3)
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm = nn.BatchNorm2d(dim, **norm)

    def forward(self, x):
        return self.norm(self.conv(x))


class Clean(nn.Module):
    def __init__(self, dim, *, norm={"affine": True}):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm = nn.BatchNorm2d(dim, **{"eps": 1e-3, **norm})

    def forward(self, x):
        return self.norm(self.conv(x))
