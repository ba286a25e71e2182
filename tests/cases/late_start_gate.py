# fuse: gate Block SE
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c1, c2, deep=True):
        super().__init__()
        self.first = nn.Conv2d(c1, c1, 3, padding=1)
        self.last = nn.Conv2d(c1, c2, 1)
        self.add = c1 == c2
        self.deep = deep

    def forward(self, x):
        y = x
        if self.deep:
            y = F.relu(self.first(x))
        y = F.relu(self.last(y))
        return x + y if self.add else y

# expected
class Block_SE(nn.Module):
    """SE gates what the main path of Block gives.

        y = x + relu(last(relu(first(x)))) * sigmoid(se(x))
        y = relu(last(relu(first(x)))) * sigmoid(se(x))    (where c1 != c2)
        y = x + relu(last(x)) * sigmoid(se(x))    (where not deep)

        se: nn.Sequential(SE(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, deep=True):
        super().__init__()
        self.first = nn.Conv2d(c1, c1, 3, padding=1)
        self.last = nn.Conv2d(c1, c2, 1)
        self.se = nn.Sequential(
            SE(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )
        self.add = c1 == c2
        self.deep = deep

    def forward(self, x):
        y = x
        if self.deep:
            y = F.relu(self.first(x))
        y = F.relu(self.last(y)) * torch.sigmoid(self.se(x))
        return x + y if self.add else y
