"""Backward ends the process, forward does not."""

import os

import torch
from torch import nn

EXAMPLE = {"dim": 16}


class Exit(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        os._exit(3)


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return Exit.apply(self.conv(x))
