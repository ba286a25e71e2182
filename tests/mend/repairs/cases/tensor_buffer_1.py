import torch
import torch.nn as nn


class Table(nn.Module):
    def __init__(self, size, dim):
        self.early = torch.zeros(1)
        super(Table, self).__init__()
        self.steps = torch.arange(size).float().view(1, -1)  # positions
        self.noise = torch.randn(dim) * 0.02
        self.both = torch.stack([torch.zeros(3), torch.ones(3)])
        self.weight = nn.Parameter(torch.zeros(dim))
        self.free = torch.zeros(dim, requires_grad=True)
        self.shape = torch.zeros(dim).shape
        self.top = torch.linspace(0, 1, size).max().item()
        self.cache = None
        self.other = None
        if dim:
            self.other = torch.zeros(dim)
        self.bias: torch.Tensor = torch.zeros(dim)

    def forward(self, x):
        self.cache = torch.zeros(3)
        return x + self.steps
# output
import torch
import torch.nn as nn


class Table(nn.Module):
    def __init__(self, size, dim):
        self.early = torch.zeros(1)
        super(Table, self).__init__()
        self.register_buffer("steps", torch.arange(size).float().view(1, -1), persistent=False)  # positions
        self.register_buffer("noise", torch.randn(dim) * 0.02)
        self.register_buffer("both", torch.stack([torch.zeros(3), torch.ones(3)]), persistent=False)
        self.weight = nn.Parameter(torch.zeros(dim))
        self.free = torch.zeros(dim, requires_grad=True)
        self.shape = torch.zeros(dim).shape
        self.top = torch.linspace(0, 1, size).max().item()
        self.cache = None
        self.other = None
        if dim:
            self.other = torch.zeros(dim)
        self.register_buffer("bias", torch.zeros(dim), persistent=False)

    def forward(self, x):
        self.cache = torch.zeros(3)
        return x + self.steps
