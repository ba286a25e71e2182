"""Squeeze-and-Excitation: reweights channels by a pooled descriptor (Hu et al., 2018, arXiv:1709.01507)."""

from torch import Tensor, nn

EXAMPLE = {"channels": 64}


class SE(nn.Module):
    """x · σ(fc2(relu(fc1(mean of x)))): `b c h w -> b c h w`.

    Args:
        channels: channels of the map.
        reduction: how many times fewer the hidden channels are; at least one remains.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.act = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = x.mean((2, 3), keepdim=True)
        scale = self.fc2(self.act(self.fc1(scale)))
        return x * self.gate(scale)
