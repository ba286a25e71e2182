"""Tokens (b, n, c) are reshaped to (b, c, h, w) without a transposition."""

from torch import nn

EXAMPLE = {"channels": 16}
INPUT = (2, 16, 12, 12)


class Defect(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        tokens = self.proj(x.flatten(2).transpose(1, 2))
        return tokens.reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        tokens = self.proj(x.flatten(2).transpose(1, 2))
        return tokens.transpose(1, 2).reshape(x.shape)
