import torch
from torch import nn


class Heads(nn.Module):
    def forward(self, x):
        b, c = x.shape[:2]
        q = x.view(b, c, -1).view(b, -1)  # flat
        bits = x.view(torch.int32)
        like = x.view(x.dtype)
        part = x.view(b, -1)
        part[:, 0] = 1
        x.view(-1).add_(1)
        x.view(-1)[0] = 2
        rows = self.rows(x)
        return rows + q

    @staticmethod
    def rows(x):
        return x.view(
            1, -1,
        )
# output
import torch
from torch import nn


class Heads(nn.Module):
    def forward(self, x):
        b, c = x.shape[:2]
        q = x.reshape(b, c, -1).reshape(b, -1)  # flat
        bits = x.view(torch.int32)
        like = x.view(x.dtype)
        part = x.view(b, -1)
        part[:, 0] = 1
        x.view(-1).add_(1)
        x.view(-1)[0] = 2
        rows = self.rows(x)
        return rows + q

    @staticmethod
    def rows(x):
        return x.reshape(
            1, -1,
        )
