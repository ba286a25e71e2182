"""Forward sets the number of threads for the whole program."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        torch.set_num_threads(3)
        return self.conv(x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        threads = torch.get_num_threads()
        torch.set_num_threads(3)
        try:
            return self.conv(x)
        finally:
            torch.set_num_threads(threads)
