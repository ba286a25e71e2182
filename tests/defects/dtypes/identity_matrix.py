"""An identity matrix of the default dtype in a matrix product."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        eye = torch.eye(self.dim, device=x.device)
        return torch.matmul(eye, x.flatten(2)).reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        eye = torch.eye(self.dim, device=x.device, dtype=x.dtype)
        return torch.matmul(eye, x.flatten(2)).reshape(x.shape)
