import torch
import torch.nn as nn


class Edges(nn.Module):
    def __init__(self, dim, size):
        super().__init__()
        kernel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
        noise = torch.randn(dim)
        self.kx = kernel.view(1, 1, 3, 3).repeat(dim, 1, 1, 1)
        self.ky = self.kx.transpose(2, 3)
        self.noise = noise / noise.norm()
        kernel = size
        self.size = kernel

    def forward(self, x):
        return x
# output
import torch
import torch.nn as nn


class Edges(nn.Module):
    def __init__(self, dim, size):
        super().__init__()
        kernel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
        noise = torch.randn(dim)
        self.register_buffer("kx", kernel.view(1, 1, 3, 3).repeat(dim, 1, 1, 1), persistent=False)
        self.register_buffer("ky", self.kx.transpose(2, 3), persistent=False)
        self.register_buffer("noise", noise / noise.norm())
        kernel = size
        self.size = kernel

    def forward(self, x):
        return x
