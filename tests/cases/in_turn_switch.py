# fuse: serial Branches SE --switch use_se
import torch
from torch import nn


class Branches(nn.ModuleDict):
    def __init__(self, dim, kernels=(3, 5)):
        super().__init__()
        for k in kernels:
            self[f"conv{k}"] = nn.Conv2d(dim, dim, k, padding=k // 2)
        self.count = len(self)

    def forward(self, x):
        found = [layer(x) for layer in self.values()]
        return self.mean(found) / self.count

    def mean(self, found):
        for name, one in zip(self, found):
            assert name in self and one.ndim == 4
        return torch.stack(found).sum(0)

# expected
class Branches_SE(nn.ModuleDict):
    """SE follows the whole of Branches.

        y = se(sum(stack([conv3(x), conv5(x)]), 0) / 2)

        se: SE(dim)
        use_se: where it is false the block is Branches

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, dim, kernels=(3, 5), use_se=True):
        super().__init__()
        for k in kernels:
            self[f"conv{k}"] = nn.Conv2d(dim, dim, k, padding=k // 2)
        self.count = len(self)
        self.use_se = use_se
        if self.use_se:
            self.se = SE(dim)

    def forward(self, x):
        found = [
            layer(x)
            for layer in (list(self.values())[:-1] if self.use_se else self.values())
        ]
        y = self.mean(found) / self.count
        return self.se(y) if self.use_se else y

    def mean(self, found):
        for name, one in zip(list(self)[:-1] if self.use_se else self, found):
            assert name in self and one.ndim == 4
        return torch.stack(found).sum(0)
