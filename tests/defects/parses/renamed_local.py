"""A local name that was renamed in one place only, inside a nested function."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        scale = x.mean((2, 3), keepdim=True)

        def gate(y):
            return y * scales if y.dim() == 3 else y * scale

        return gate(self.norm(x))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        scale = x.mean((2, 3), keepdim=True)

        def gate(y):
            return [y * s for s in (scale,)][0]

        return gate(self.norm(x))
