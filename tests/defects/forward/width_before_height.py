"""The map is resized to (w, h): only square ones come out as they went in."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
ALSO = ("sizes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, stride=2, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        return F.interpolate(self.conv(x), size=(w, h), mode="nearest")


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, stride=2, padding=1)

    def forward(self, x):
        h, w = x.shape[2:]
        return F.interpolate(self.conv(x), size=(h, w), mode="nearest")
