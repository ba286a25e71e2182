# fuse: replace Block AKConv --at dense.conv
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, deploy=False):
        super().__init__()
        if deploy:
            self.reparam = nn.Conv2d(dim, dim, 3, 1, 1)
        else:
            self.dense = nn.Sequential()
            self.dense.add_module("conv", nn.Conv2d(dim, dim, 3, 1, 1))
            self.dense.add_module("norm", nn.BatchNorm2d(dim))

    def forward(self, x):
        return self.reparam(x) if hasattr(self, "reparam") else self.dense(x)

# expected
class Block_AKConv(nn.Module):
    """AKConv replaces `dense.conv` of Block.

        y = dense.norm(dense[0](x))
        y = reparam(x)    (where deploy)

        dense[0]: AKConv(dim, dim)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, deploy=False):
        super().__init__()
        if deploy:
            self.reparam = nn.Conv2d(dim, dim, 3, 1, 1)
        else:
            self.dense = nn.Sequential()
            self.dense.add_module("conv", nn.Conv2d(dim, dim, 3, 1, 1))
            self.dense.add_module("norm", nn.BatchNorm2d(dim))
            self.dense[0] = AKConv(dim, dim)

    def forward(self, x):
        return self.reparam(x) if hasattr(self, "reparam") else self.dense(x)
