"""Forward keeps everything that it ever computed, and computes for ever."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.kept = []

    def forward(self, x):
        while True:
            self.kept.append(torch.ones(64, 1024, 1024))
