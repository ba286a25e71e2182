"""A complex weight for each frequency of each channel, whatever the size of the map."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, 1, 1, dtype=torch.complex64))
        self.mix = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        spectrum = torch.fft.rfft2(x.float(), norm="ortho") * self.weight
        y = torch.fft.irfft2(spectrum, s=x.shape[-2:], norm="ortho")
        return self.mix(y.to(x.dtype))
