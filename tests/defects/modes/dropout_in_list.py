"""Dropout layers in a plain list never hear of eval mode."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.after = [nn.ReLU(), nn.Dropout(0.2)]

    def forward(self, x):
        x = self.conv(x)
        for layer in self.after:
            x = layer(x)
        return x


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)
        self.after = nn.ModuleList([nn.ReLU(), nn.Dropout(0.2)])

    def forward(self, x):
        x = self.conv(x)
        for layer in self.after:
            x = layer(x)
        return x
