"""The map's side as a number in a reshape."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"
ALSO = ("forward",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        y = self.fc(x.flatten(2).transpose(1, 2))
        return y.transpose(1, 2).reshape(-1, 16, 12, 12)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        y = self.fc(x.flatten(2).transpose(1, 2))
        return y.transpose(1, 2).reshape(x.shape[0], -1, *x.shape[2:])
