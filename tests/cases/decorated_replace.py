# fuse: replace Block AKConv --at second
import torch
import torch.nn as nn
import torch.nn.functional as F


def tagged(cls):
    cls.tag = "block"
    return cls


@tagged
class Block(nn.Module):  # a block
    '''Two convolutions.

    Args:
        dim: channels
    '''

    kind = "plain"

    def __init__(self, dim):
        # the constructor
        super().__init__()
        self.first = nn.Conv2d(dim, dim, 3, padding=1)  # first

        # then the second
        self.second = nn.Conv2d(dim, dim, 3, padding=1)

    @property
    def width(self):
        return self.first.out_channels

    @staticmethod
    def act(t):
        return torch.relu(t)

    def forward(self, x):
        # in
        h = self.act(self.first(x))
        # out
        return self.second(h) + x

# expected
@tagged
class Block_AKConv(nn.Module):  # a block
    """AKConv replaces `second` of Block.

        y = second(relu(first(x))) + x

        second: AKConv(dim, dim)

    Shapes: b c h w -> b c h w.

    Args:
        dim: channels
    """

    kind = "plain"

    def __init__(self, dim):
        # the constructor
        super().__init__()
        self.first = nn.Conv2d(dim, dim, 3, padding=1)  # first

        # then the second
        self.second = AKConv(dim, dim)

    @property
    def width(self):
        return self.first.out_channels

    @staticmethod
    def act(t):
        return torch.relu(t)

    def forward(self, x):
        # in
        h = self.act(self.first(x))
        # out
        return self.second(h) + x
