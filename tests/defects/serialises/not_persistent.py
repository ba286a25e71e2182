"""A random projection in a buffer that the state_dict leaves out."""

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("project", torch.randn(dim, dim), persistent=False)

    def forward(self, x):
        return torch.einsum("oc,bchw->bohw", self.project, x)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.register_buffer("project", torch.randn(dim, dim))
        self.register_buffer("ones", torch.ones(dim), persistent=False)

    def forward(self, x):
        return torch.einsum("oc,bchw->bohw", self.project * self.ones, x)
