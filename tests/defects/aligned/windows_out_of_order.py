"""Windows of four are put back column by column."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        b, c, h, w = x.shape
        rows, columns = h // 4, w // 4
        windows = x.reshape(b, c, rows, 4, columns, 4).permute(0, 2, 4, 1, 3, 5)
        windows = self.conv(windows.reshape(-1, c, 4, 4)).reshape(b, columns, rows, c, 4, 4)
        return windows.permute(0, 3, 2, 4, 1, 5).reshape(b, c, h, w)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        b, c, h, w = x.shape
        rows, columns = h // 4, w // 4
        windows = x.reshape(b, c, rows, 4, columns, 4).permute(0, 2, 4, 1, 3, 5)
        windows = self.conv(windows.reshape(-1, c, 4, 4)).reshape(b, rows, columns, c, 4, 4)
        return windows.permute(0, 3, 1, 4, 2, 5).reshape(b, c, h, w)
