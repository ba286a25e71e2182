# fuse: replace Block AKConv
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.reduce = nn.Conv2d(dim, dim // 2, 1)
        self.expand = nn.Conv2d(dim // 2, dim, 1)

    def _transform(self, features):
        """Squeeze and expand."""
        features = self.reduce(features)
        features = F.relu(features)
        return self.expand(features)

    def forward(self, x):
        return x + self._transform(x)

# expected
class Block_AKConv(nn.Module):
    """AKConv replaces `reduce` of Block.

        y = x + expand(relu(reduce(x)))

        reduce: AKConv(dim, dim // 2)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim):
        super().__init__()
        self.reduce = AKConv(dim, dim // 2)
        self.expand = nn.Conv2d(dim // 2, dim, 1)

    def _transform(self, features):
        """Squeeze and expand."""
        features = self.reduce(features)
        features = F.relu(features)
        return self.expand(features)

    def forward(self, x):
        return x + self._transform(x)
