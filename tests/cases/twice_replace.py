# fuse: replace Block SE --at conv
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x)))
        return x + self.norm(self.conv(y))

# expected
class Block_SE(nn.Module):
    """SE replaces `conv` of Block.

        y = x + norm(conv(relu(norm(conv(x)))))

        conv: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.conv = SE(dim)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x)))
        return x + self.norm(self.conv(y))
