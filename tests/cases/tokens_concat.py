# fuse: concat Block here:Mlp --at ff
import torch.nn as nn


class Mlp(nn.Module):
    def __init__(self, dim, mult=2):
        super().__init__()
        self.fc1 = nn.Linear(dim, dim * mult)
        self.fc2 = nn.Linear(dim * mult, dim)

    def forward(self, x):
        b, n, c = x.shape
        return self.fc2(self.fc1(x).relu())


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.ff = Mlp(dim)

    def forward(self, x):
        b, n, c = x.shape
        return x + self.ff(self.norm(x))

# expected
class Block_Mlp(nn.Module):
    """Mlp runs beside `ff` of Block, and a 1x1 convolution mixes both.

        t1 = norm(x)
        y = x + fuse(cat([ff(t1), mlp(t1)], dim=-1))

        mlp: Mlp(dim)

    Shapes: b n c -> b n c.
    """

    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.ff = Mlp(dim)
        self.mlp = Mlp(dim)
        self.fuse = nn.Linear(2 * dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        y = self.norm(x)
        return x + self.fuse(torch.cat([self.ff(y), self.mlp(y)], dim=-1))
