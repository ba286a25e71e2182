"""A layer that the first forward makes is unexpected in the state_dict of a fresh instance."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.project = None

    def forward(self, x):
        if self.project is None:
            self.project = nn.Conv2d(x.shape[1], x.shape[1], 1).to(x.device)
        return self.project(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.project = nn.LazyConv2d(dim, 1)

    def forward(self, x):
        return self.project(x)
