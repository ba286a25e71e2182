"""A list of maps at three scales."""

from torch import nn

EXAMPLE = {"dim": 16}
INPUT = (2, 16, 16, 16)
CONTRACT = "b c h w -> b c h w, b c h/2 w/2, b c h/4 w/4"


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Conv2d(dim, dim, 3, stride=1 if level == 0 else 2, padding=1) for level in range(3)
        )

    def forward(self, x):
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
