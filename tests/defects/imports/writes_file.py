"""Importing leaves a log file in the working directory."""

from pathlib import Path

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"

Path("debug.log").write_text("started")  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
