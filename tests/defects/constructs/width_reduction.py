"""A reduction of 32 leaves no channel in a narrow block."""

from torch import nn

EXAMPLE = {"channels": 64}
INPUT = (2, 64, 12, 12)
ROLES = {"in": "channels", "out": "channels"}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, channels, reduction=32):
        super().__init__()
        hidden = channels // reduction
        self.fc = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1))
        self.groups = nn.GroupNorm(hidden, channels)

    def forward(self, x):
        return self.groups(x) * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()


class Clean(nn.Module):
    def __init__(self, channels, reduction=32):
        super().__init__()
        hidden = max(channels // reduction, 8)
        self.fc = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1))

    def forward(self, x):
        return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
