"""`.item()` brings a number to the CPU in every forward."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"
ALSO = ("batch_independent",)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))

    def forward(self, x):
        return x * self.scale / max(x.detach().abs().amax().item(), 1.0)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim, 1, 1))
        self.rates = [rate.item() for rate in torch.linspace(0, 0.1, 3)]

    def forward(self, x):
        return x * self.scale / x.detach().abs().amax((1, 2, 3), keepdim=True).clamp(min=1.0)
