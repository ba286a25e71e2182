"""ConvNeXt block: depthwise 7×7, layer norm, MLP (Liu et al., 2022, arXiv:2201.03545)."""

import torch
from torch import Tensor, nn

from ..layers import DropPath, LayerNorm2d, Mlp

# A scale of 1, so that what is tried out with these arguments sees more than the shortcut.
EXAMPLE = {"dim": 64, "ls_init_value": 1.0}


class ConvNeXtBlock(nn.Module):
    """x + gamma · mlp(norm(conv_dw(x))): `b dim h w -> b dim h w`.

    With `norm_layer=nn.BatchNorm2d, conv_mlp=True` and an Inception depthwise convolution in the
    place of `conv_dw` it is a MetaNeXtBlock. Weights of timm's ConvNeXtBlock load.

    Args:
        dim: channels.
        kernel_size: odd size of the depthwise kernel.
        mlp_ratio: hidden channels of the MLP as a multiple of dim.
        conv_mlp: 1×1 convolutions instead of linear layers in the MLP.
        ls_init_value: what the layer scale gamma starts at.
        norm_layer: builds the norm from a number of channels.
        act_layer: builds the activation of the MLP.
        drop_path: probability of stochastic depth.
    """

    def __init__(
        self,
        dim: int,
        kernel_size: int = 7,
        mlp_ratio: float = 4.0,
        conv_mlp: bool = False,
        ls_init_value: float = 1e-6,
        norm_layer: type[nn.Module] = LayerNorm2d,
        act_layer: type[nn.Module] = nn.GELU,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.norm = norm_layer(dim)
        self.mlp = Mlp(dim, int(mlp_ratio * dim), act_layer, conv=conv_mlp)
        self.gamma = nn.Parameter(ls_init_value * torch.ones(dim))
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.conv_dw(x)
        x = self.norm(x)
        x = self.mlp(x)
        x = x * self.gamma.view(-1, 1, 1)
        return shortcut + self.drop_path(x)
