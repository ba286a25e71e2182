"""What was padded at the right is cut off at the left."""

import torch.nn.functional as F
from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(F.pad(x, (0, 4, 0, 4)))
        return y[..., 4:, 4:]


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(F.pad(x, (0, 4, 0, 4)))
        return y[..., :-4, :-4]
