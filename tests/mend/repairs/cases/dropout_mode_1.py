import torch.nn.functional as F
from torch import nn
from torch.nn.functional import dropout2d


class Block(nn.Module):
    def __init__(self, dim, p=0.1):
        super().__init__()
        self.p = p
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, q, k, v):
        q = F.dropout(self.conv(q), 0.1)
        q = F.dropout(q, p=self.p, training=True)  # on purpose
        q = F.dropout(q, self.p, self.training)
        q = dropout2d(q)
        q = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p)
        q = F.scaled_dot_product_attention(q, k, v, None, 0.1)
        q = F.scaled_dot_product_attention(q, k, v, dropout_p=0.0)
        return F.scaled_dot_product_attention(
            q, k, v, dropout_p=self.p if self.training else 0.0
        )


def drop(x):
    return F.dropout(x, 0.5)
# output
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import dropout2d


class Block(nn.Module):
    def __init__(self, dim, p=0.1):
        super().__init__()
        self.p = p
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, q, k, v):
        q = F.dropout(self.conv(q), 0.1, training=self.training)
        q = F.dropout(q, p=self.p, training=True)  # on purpose
        q = F.dropout(q, self.p, self.training)
        q = dropout2d(q, training=self.training)
        q = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p if self.training else 0.0)
        q = F.scaled_dot_product_attention(q, k, v, None, 0.1 if self.training else 0.0)
        q = F.scaled_dot_product_attention(q, k, v, dropout_p=0.0)
        return F.scaled_dot_product_attention(
            q, k, v, dropout_p=self.p if self.training else 0.0
        )


def drop(x):
    return F.dropout(x, 0.5)
