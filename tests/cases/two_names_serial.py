# fuse: serial Block SE
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, hidden=32):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, hidden, 3, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(hidden, dim, 3, padding=1)
        self.net = nn.Sequential(self.conv1, self.relu, self.conv2, self.relu)
        self.init_weights()

    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.01)

    def forward(self, x):
        return self.net(x) + x

# expected
class Block_SE(nn.Module):
    """SE follows `net.0` of Block.

        y = net[1](net[2](net[1](se(net[0](x))))) + x

        se: SE(hidden)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, hidden=32):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, hidden, 3, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(hidden, dim, 3, padding=1)
        self.net = nn.Sequential(self.conv1, self.relu, self.conv2, self.relu)
        self.se = SE(hidden)
        self.init_weights()

    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.01)

    def forward(self, x):
        return self.net[1:](self.se(self.net[0](x))) + x
