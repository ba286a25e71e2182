from torch import nn


class Partial(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.part = dim // 4
        self.conv = nn.Conv2d(self.part, self.part, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(self.part, 1, 1))

    def forward(self, x):
        # the first quarter
        x[:, : self.part] = self.conv(x[:, : self.part])  # and no more
        x[:, self.part :] *= self.scale
        return x


class Shift(nn.Module):
    def forward(self, x):
        x[:, :4, 1:] = x[:, :4, :-1].clone()
        x[:, 4:8] += 1
        return x


class Copied(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim // 2, dim // 2, 1)

    def forward(self, x):
        new = x.clone()
        half = x.shape[1] // 2
        new[:, :half] = self.conv(new[:, :half])
        new[:, half:] = self.conv(new[:, half:].clone())
        new[:, 0] = new.shape[1]
        return new


class Levels(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(dim, dim, 1) for _ in range(3))

    def forward(self, x):
        maps = [x, x + 1, x + 2]
        for i in range(3):
            maps[i] = self.convs[i](maps[i])
        return maps
# output
from torch import nn


class Partial(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.part = dim // 4
        self.conv = nn.Conv2d(self.part, self.part, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(self.part, 1, 1))

    def forward(self, x):
        # the first quarter
        new = self.conv(x[:, : self.part])
        x = x.clone()
        x[:, : self.part] = new  # and no more
        new = x[:, self.part :] * self.scale
        x = x.clone()
        x[:, self.part :] = new
        return x


class Shift(nn.Module):
    def forward(self, x):
        x = x.clone()
        x[:, :4, 1:] = x[:, :4, :-1].clone()
        x[:, 4:8] += 1
        return x


class Copied(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim // 2, dim // 2, 1)

    def forward(self, x):
        new = x.clone()
        half = x.shape[1] // 2
        new_ = self.conv(new[:, :half])
        new = new.clone()
        new[:, :half] = new_
        new[:, half:] = self.conv(new[:, half:].clone())
        new[:, 0] = new.shape[1]
        return new


class Levels(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(dim, dim, 1) for _ in range(3))

    def forward(self, x):
        maps = [x, x + 1, x + 2]
        for i in range(3):
            maps[i] = self.convs[i](maps[i])
        return maps
