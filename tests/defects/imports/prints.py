"""Importing prints."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"

print("module loaded")  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


if __name__ == "__main__":
    print(Defect(16)(torch.randn(1, 16, 8, 8)).shape)
