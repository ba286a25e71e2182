"""The branches stand in a plain list, where no optimiser finds them."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes", "device", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.stem = nn.Conv2d(dim, dim, 1)
        self.branches = [nn.Conv2d(dim, dim, k, padding=k // 2) for k in (3, 5)]

    def forward(self, x):
        x = self.stem(x)
        return sum(branch(x) for branch in self.branches)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.stem = nn.Conv2d(dim, dim, 1)
        self.branches = nn.ModuleList(nn.Conv2d(dim, dim, k, padding=k // 2) for k in (3, 5))
        self.order = [self.branches[1], self.branches[0]]

    def forward(self, x):
        x = self.stem(x)
        return sum(branch(x) for branch in self.order)
