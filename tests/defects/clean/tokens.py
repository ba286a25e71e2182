"""A transformer layer on tokens."""

from torch import nn

EXAMPLE = {"dim": 16}
INPUT = (2, 64, 16)
CONTRACT = "b n c -> b n c"


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(dim, 4, 2 * dim, batch_first=True, norm_first=True)

    def forward(self, x):
        return self.layer(x)
