# fuse: serial Classifier SE
from torch import nn


class Patches(nn.Module):
    def __init__(self, in_channels, dim):
        super().__init__()
        self.proj = nn.Conv2d(in_channels, dim, 2, 2)

    def forward(self, x):
        return self.proj(x).permute(0, 2, 3, 1)


class Classifier(nn.Module):
    def __init__(self, in_channels, dim, num_classes):
        super().__init__()
        self.patches = Patches(in_channels, dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        return self.head(self.patches(x).mean((1, 2)))

# expected
class Classifier_SE(nn.Module):
    """SE follows `patches.proj` of Classifier.

        patches: Patches_SE

    Shapes: b c1 h w -> b c2.
    """

    def __init__(self, in_channels, dim, num_classes):
        super().__init__()
        self.patches = Patches_SE(in_channels, dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        return self.head(self.patches(x).mean((1, 2)))
