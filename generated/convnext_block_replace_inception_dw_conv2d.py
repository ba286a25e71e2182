"""InceptionDWConv2d replaces `conv_dw` of ConvNeXtBlock.

host        ConvNeXtBlock of the zoo
donor       InceptionDWConv2d of the zoo
pattern     replace at conv_dw
command     fuse replace ConvNeXtBlock InceptionDWConv2d
written by  fuse 0.1.0
"""

import torch
from torch import Tensor, nn


class InceptionDWConv2d(nn.Module):
    """Identity, k×k, 1×band and band×1 kernels on a part of the channels each: `b c h w -> b c h w`.

    Args:
        in_channels: channels, at least 3.
        square_kernel_size: odd size of the square kernel.
        band_kernel_size: odd length of the two band kernels.
        branch_ratio: share of the channels that each of the three convolutions takes, at least one.

    Raises:
        ValueError: if the three convolutions would take more channels than there are.
    """

    def __init__(
        self,
        in_channels: int,
        square_kernel_size: int = 3,
        band_kernel_size: int = 11,
        branch_ratio: float = 0.125,
    ) -> None:
        super().__init__()
        gc = max(1, int(in_channels * branch_ratio))  # channels of a convolution branch
        if 3 * gc > in_channels:
            raise ValueError(
                f"three branches of {gc} channels do not fit into {in_channels}"
            )
        square, band = square_kernel_size, band_kernel_size
        self.dwconv_hw = nn.Conv2d(gc, gc, square, padding=square // 2, groups=gc)
        self.dwconv_w = nn.Conv2d(gc, gc, (1, band), padding=(0, band // 2), groups=gc)
        self.dwconv_h = nn.Conv2d(gc, gc, (band, 1), padding=(band // 2, 0), groups=gc)
        self.split_indexes = [in_channels - 3 * gc, gc, gc, gc]

    def forward(self, x: Tensor) -> Tensor:
        x_id, x_hw, x_w, x_h = torch.split(x, self.split_indexes, dim=1)
        return torch.cat(
            (x_id, self.dwconv_hw(x_hw), self.dwconv_w(x_w), self.dwconv_h(x_h)), dim=1
        )


class DropPath(nn.Module):
    """Stochastic depth: drops whole samples in training (Huang et al., 2016, arXiv:1603.09382).

    The samples that stay are divided by 1 − p, so that the mean does not change: `b ... -> b ...`.

    Args:
        p: share of samples that are dropped, 0 ≤ p < 1.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        keep = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - self.p)
        return x * keep / (1 - self.p)


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of a map: `b c h w -> b c h w`.

    Args:
        channels: channels of the map.
        eps: added to the variance.
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__(channels, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Mlp(nn.Module):
    """Two pointwise layers on a map: `b dim h w -> b dim h w`.

    Args:
        dim: input and output channels.
        hidden: channels between the layers.
        act_layer: builds the activation.
        conv: 1×1 convolutions instead of linear layers; the same map, other weight shapes.
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        act_layer: type[nn.Module] = nn.GELU,
        conv: bool = False,
    ) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(dim, hidden, 1) if conv else nn.Linear(dim, hidden)
        self.act = act_layer()
        self.fc2 = nn.Conv2d(hidden, dim, 1) if conv else nn.Linear(hidden, dim)
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        if self.conv:
            return self.fc2(self.act(self.fc1(x)))
        x = x.permute(0, 2, 3, 1)
        return self.fc2(self.act(self.fc1(x))).permute(0, 3, 1, 2)


class ConvNeXtBlock_InceptionDWConv2d(nn.Module):
    """InceptionDWConv2d replaces `conv_dw` of ConvNeXtBlock.

        y = x + drop_path(mlp(norm(conv_dw(x))) * view(gamma, -1, 1, 1))

        conv_dw: InceptionDWConv2d(dim)

    Shapes: b c h w -> b c h w.

    Args:
        dim: channels.
        kernel_size: without effect, since what read it is replaced.
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
        self.conv_dw = InceptionDWConv2d(dim)
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


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = ConvNeXtBlock_InceptionDWConv2d(dim=64, ls_init_value=1.0).to(device)
    x = torch.randn(2, 64, 16, 16, device=device)
    y = block(x)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)} on {device}")
