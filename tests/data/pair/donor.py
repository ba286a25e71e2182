import numpy as F
import torch
from torch import nn as nn


def autopad(k):
    return k // 2


class Conv(nn.Module):
    """Another Conv: with a norm."""

    def __init__(self, c1: int, c2: int, k: int = 1):
        super(Conv, self).__init__()
        self.conv = nn.Sequential(nn.Conv2d(c1, c2, k, padding=autopad(k)), nn.BatchNorm2d(c2))

    def forward(self, x: torch.Tensor):
        return self.conv(x)


class Donor(nn.Module):
    kinds: "dict[str, type[Conv]]" = {"Conv": Conv}

    def __init__(self, c1, c2, Conv=Conv):
        super().__init__()
        self.Conv = self.kinds["Conv"](c1, c2, k=3)
        self.pi = float(F.pi)
        assert isinstance(self.Conv, Conv), f"no Conv but {Conv.__name__}"

    def forward(self, x):
        return self.Conv(x)
