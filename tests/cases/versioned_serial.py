# fuse: serial Versioned SE
from torch import nn


class Versioned(nn.Module):
    _version = 2

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        if local_metadata.get("version") not in (1, 2):
            raise ValueError("version should be 1 or 2")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

# expected
class Versioned_SE(nn.Module):
    """SE follows `conv` of Versioned.

        y = se(conv(x))

        se: SE(dim)

    Shapes: b c h w -> b c h w.
    """

    _version = 2

    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.se = SE(dim)

    def forward(self, x):
        return self.se(self.conv(x))

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        if local_metadata.get("version") not in (1, 2):
            raise ValueError("version should be 1 or 2")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)
