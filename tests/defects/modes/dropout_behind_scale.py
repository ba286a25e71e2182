"""Attention whose dropout is on in evaluation, behind a scale that starts at zero."""

import torch
import torch.nn.functional as F
from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim, p=0.1):
        super().__init__()
        self.p = p
        self.qkv = nn.Conv2d(dim, 3 * dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = self.qkv(x).flatten(2).transpose(1, 2).chunk(3, -1)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p)
        return x + self.gamma * y.transpose(1, 2).reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, dim, p=0.1):
        super().__init__()
        self.p = p
        self.qkv = nn.Conv2d(dim, 3 * dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = self.qkv(x).flatten(2).transpose(1, 2).chunk(3, -1)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p if self.training else 0.0)
        return x + self.gamma * y.transpose(1, 2).reshape(x.shape)
