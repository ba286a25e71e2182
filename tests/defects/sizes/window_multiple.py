"""Windows of 4 without padding."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}
INPUT = (2, 16, 16, 16)
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim, window=4):
        super().__init__()
        self.window = window
        self.fc = nn.Linear(window * window, window * window)

    def forward(self, x):
        b, c, h, w = x.shape
        k = self.window
        y = x.reshape(b, c, h // k, k, w // k, k).transpose(3, 4)
        y = self.fc(y.flatten(4)).reshape(b, c, h // k, w // k, k, k)
        return y.transpose(3, 4).reshape(b, c, h, w)


class Clean(nn.Module):
    def __init__(self, dim, window=4):
        super().__init__()
        self.window = window
        self.fc = nn.Linear(window * window, window * window)

    def forward(self, x):
        height, width = x.shape[2:]
        k = self.window
        x = F.pad(x, (0, -width % k, 0, -height % k))
        b, c, h, w = x.shape
        y = x.reshape(b, c, h // k, k, w // k, k).transpose(3, 4)
        y = self.fc(y.flatten(4)).reshape(b, c, h // k, w // k, k, k)
        return y.transpose(3, 4).reshape(b, c, h, w)[:, :, :height, :width]
