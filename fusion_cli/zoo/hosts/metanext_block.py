"""InceptionNeXt block: token mixer, batch norm, MLP (Yu et al., 2024, arXiv:2303.16900)."""

import torch
from torch import Tensor, nn

from ..donors.inception_dwconv2d import InceptionDWConv2d
from ..layers import DropPath, Mlp

# A scale of 1, so that what is tried out with these arguments sees more than the shortcut.
EXAMPLE = {"dim": 64, "ls_init_value": 1.0}


class MetaNeXtBlock(nn.Module):
    """x + gamma · mlp(norm(token_mixer(x))): `b dim h w -> b dim h w`.

    Weights of timm's MetaNeXtBlock load.

    Args:
        dim: channels.
        token_mixer: builds the layer that mixes places from a number of channels.
        norm_layer: builds the norm from a number of channels.
        mlp_ratio: hidden channels of the MLP as a multiple of dim.
        act_layer: builds the activation of the MLP.
        ls_init_value: what the layer scale gamma starts at.
        drop_path: probability of stochastic depth.
    """

    def __init__(
        self,
        dim: int,
        token_mixer: type[nn.Module] = InceptionDWConv2d,
        norm_layer: type[nn.Module] = nn.BatchNorm2d,
        mlp_ratio: float = 4.0,
        act_layer: type[nn.Module] = nn.GELU,
        ls_init_value: float = 1e-6,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.token_mixer = token_mixer(dim)
        self.norm = norm_layer(dim)
        self.mlp = Mlp(dim, int(mlp_ratio * dim), act_layer, conv=True)
        self.gamma = nn.Parameter(ls_init_value * torch.ones(dim))
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.token_mixer(x)
        x = self.norm(x)
        x = self.mlp(x)
        x = x * self.gamma.view(-1, 1, 1)
        return shortcut + self.drop_path(x)
