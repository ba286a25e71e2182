"""The branches stand in a plain dict."""

from torch import nn

EXAMPLE = {"dim": 16}
ALSO = ("dtypes", "device", "serialises")


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.paths = {"near": nn.Conv2d(dim, dim, 3, padding=1)}

    def forward(self, x):
        return x + self.paths["near"](x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.paths = nn.ModuleDict({"near": nn.Conv2d(dim, dim, 3, padding=1)})
        self.acts = {"near": nn.ReLU()}

    def forward(self, x):
        return x + self.acts["near"](self.paths["near"](x))
