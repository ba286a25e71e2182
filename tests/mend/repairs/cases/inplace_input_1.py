import torch
import torch.nn.functional as F
from torch import nn


class Add(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.net = nn.Sequential(nn.SiLU(inplace=True), nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True))
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x, y):
        # shift
        x += 1 if self.training else 2  # by one
        x *= y
        x = self.conv(x)
        x += 1
        y.add_(x)
        y.mul_(2)
        return x + y


class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.net = nn.Sequential(nn.SiLU(inplace=True), nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.net(x)


class Activated(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        if self.training:
            x[:, 0] = 0
        else:
            x = F.relu(x, inplace=True)
        return x


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.act(x)
        return out + x


class Named(nn.Module):
    def forward(self, x):
        identity = x
        x += 1
        return identity + x


class Changed(nn.Module):
    def forward(self, x):
        y = x.add_(1)
        x += y
        return x, y
# output
import torch
import torch.nn.functional as F
from torch import nn


class Add(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.net = nn.Sequential(nn.SiLU(inplace=True), nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True))
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x, y):
        # shift
        x = x + (1 if self.training else 2)  # by one
        x *= y
        x = self.conv(x)
        x += 1
        y = y.add(x)
        y.mul_(2)
        return x + y


class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.net = nn.Sequential(nn.SiLU(), nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.net(x)


class Activated(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        if self.training:
            x = x.clone()
            x[:, 0] = 0
        else:
            x = F.relu(x)
        return x


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = x.clone()
        out = self.act(x)
        return out + x


class Named(nn.Module):
    def forward(self, x):
        identity = x
        x += 1
        return identity + x


class Changed(nn.Module):
    def forward(self, x):
        x = x.clone()
        y = x.add_(1)
        x += y
        return x, y
