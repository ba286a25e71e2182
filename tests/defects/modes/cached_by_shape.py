"""What is computed from an input is kept under its shape."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gate = nn.Conv2d(dim, dim, 1)
        self.cache = {}

    def forward(self, x):
        if x.shape not in self.cache:
            self.cache[x.shape] = self.gate(x.mean((2, 3), keepdim=True)).sigmoid().detach()
        return self.gate(x) * self.cache[x.shape]


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gate = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.gate(x) * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()
