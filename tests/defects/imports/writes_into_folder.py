"""Importing makes a folder with a log file."""

from pathlib import Path

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"

Path("logs").mkdir(exist_ok=True)  # defect
Path("logs/debug.log").write_text("started")  # defect


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
