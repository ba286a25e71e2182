"""Layers that several blocks of the zoo share."""

from torch import Tensor, nn


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
        self, dim: int, hidden: int, act_layer: type[nn.Module] = nn.GELU, conv: bool = False
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
