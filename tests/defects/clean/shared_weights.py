"""One convolution used at two dilations, and one registered under two names."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.first = nn.Conv2d(dim, dim, 3, padding=1)
        self.second = self.first

    def forward(self, x):
        near = self.first(x)
        far = F.conv2d(x, self.second.weight, self.second.bias, padding=2, dilation=2)
        return near + far
