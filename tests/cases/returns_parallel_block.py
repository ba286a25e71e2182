# fuse: parallel Block SE --at block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim, use_gate=False):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gate = nn.Conv2d(dim, dim, 1) if use_gate else None

    def forward(self, x):
        y = self.conv(x)
        if self.gate is None:
            return y
        x = torch.sigmoid(self.gate(x))
        return x * y

# expected
class Block_SE(nn.Module):
    """SE runs beside the whole of Block, and the results are added.

        y = conv(x) + se(x)
        y = sigmoid(gate(x)) * conv(x) + se(x)    (where use_gate)

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, use_gate=False):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gate = nn.Conv2d(dim, dim, 1) if use_gate else None
        self.se = SE(dim)

    def forward(self, x):
        identity = x
        y = self.conv(x)
        if self.gate is None:
            return y + self.se(x)
        x = torch.sigmoid(self.gate(x))
        return x * y + self.se(identity)
