"""LayerNorm over channels, height and width."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm([dim, 12, 12])

    def forward(self, x):
        return self.norm(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.GroupNorm(1, dim)

    def forward(self, x):
        return self.norm(x)
