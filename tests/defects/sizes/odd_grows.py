"""Down and up again by two: an odd map comes back one pixel larger."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.Conv2d(dim, dim, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(dim, dim, 2, stride=2)

    def forward(self, x):
        return self.up(self.down(x))


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.Conv2d(dim, dim, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(dim, dim, 2, stride=2)

    def forward(self, x):
        return self.up(self.down(x))[:, :, : x.shape[2], : x.shape[3]]
