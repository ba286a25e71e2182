"""A learned filter in the frequency domain, of any size, with complex numbers inside."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, 1, 1, 2) * 0.5)

    def forward(self, x):
        spectrum = torch.fft.rfft2(x.float(), norm="ortho")
        spectrum = spectrum * torch.view_as_complex(self.weight.float().contiguous())
        return torch.fft.irfft2(spectrum, s=x.shape[2:], norm="ortho").to(x.dtype)
