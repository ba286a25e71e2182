"""A list of maps has no device; a helper without a tensor gives no device; both stay."""
import torch
import torch.nn as nn


class Concat(nn.Module):
    def forward(self, maps):
        first, second = maps
        return torch.zeros(3) + self.grid(3)

    def grid(self, h):
        return torch.arange(h)


class Plain:
    def forward(self, x):
        return torch.zeros(3).cuda()
# output
"""A list of maps has no device; a helper without a tensor gives no device; both stay."""
import torch
import torch.nn as nn


class Concat(nn.Module):
    def forward(self, maps):
        first, second = maps
        return torch.zeros(3) + self.grid(3)

    def grid(self, h):
        return torch.arange(h)


class Plain:
    def forward(self, x):
        return torch.zeros(3).cuda()
