"""Minus a billion for masked positions does not exist in float16."""

from torch import nn

EXAMPLE = {"dim": 16}


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qk = nn.Conv2d(dim, 2 * dim, 1)

    def forward(self, x):
        q, k = self.qk(x).flatten(2).chunk(2, 1)
        scores = q.transpose(1, 2) @ k / 4
        scores = scores.masked_fill(scores < -2, -1e9).softmax(-1)
        return (x.flatten(2) @ scores.transpose(1, 2).to(x.dtype)).reshape(x.shape)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qk = nn.Conv2d(dim, 2 * dim, 1)

    def forward(self, x):
        q, k = self.qk(x).flatten(2).chunk(2, 1)
        scores = q.transpose(1, 2) @ k / 4
        scores = scores.masked_fill(scores < -2, float("-inf")).softmax(-1)
        return (x.flatten(2) @ scores.transpose(1, 2).to(x.dtype)).reshape(x.shape)
