"""The magnitude of two gradients: sqrt is finite at zero, its derivative is not."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, 2 * dim, 3, padding=1, bias=False)

    def forward(self, x):
        a, b = self.conv(x).chunk(2, 1)
        return (a * a + b * b).sqrt()


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, 2 * dim, 3, padding=1, bias=False)

    def forward(self, x):
        a, b = self.conv(x).chunk(2, 1)
        return (a * a + b * b + 1e-6).sqrt()
