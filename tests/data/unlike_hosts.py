"""Hosts whose sites enlarge the map, shrink it, or hold tokens."""

from torch import nn


class Up(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, 1, 1)
        self.up = nn.ConvTranspose2d(c2, c2, 2, 2)

    def forward(self, x):
        return self.up(self.conv(x))


class Down(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, 1, 1)
        self.down = nn.Conv2d(c2, c2, 3, 2, 1)

    def forward(self, x):
        return self.down(self.conv(x))


class Valid(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.cv1 = nn.Conv2d(dim, dim, 3)
        self.cv2 = nn.Conv2d(dim, dim, 3)

    def forward(self, x):
        return self.cv2(self.cv1(x).relu())


class Mlp(nn.Module):
    def __init__(self, dim, hidden=None):
        super().__init__()
        hidden = hidden or 2 * dim
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        b, n, c = x.shape
        return x + self.fc2(self.act(self.fc1(x)))


class Last(nn.Module):
    """b h w c -> b h w c."""

    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 2 * dim)
        self.conv = nn.Conv2d(2 * dim, dim, 3, 1, 1)

    def forward(self, x):
        return self.conv(self.fc1(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class GridConv(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)

    def forward(self, x, H, W):
        b, n, c = x.shape
        return self.conv(x.transpose(1, 2).reshape(b, c, H, W)).flatten(2).transpose(1, 2)


class MixFFN(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 2 * dim)
        self.dwconv = GridConv(2 * dim)
        self.fc2 = nn.Linear(2 * dim, dim)

    def forward(self, x, H, W):
        return x + self.fc2(self.dwconv(self.fc1(x), H, W).relu())
