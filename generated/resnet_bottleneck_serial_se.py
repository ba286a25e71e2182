"""SE follows `bn3` of ResNetBottleneck.

host        ResNetBottleneck of the zoo
donor       SE of the zoo
pattern     serial at bn3
command     fuse serial ResNetBottleneck SE --at bn3
written by  fuse 0.1.0
"""

import torch
from torch import Tensor, nn


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


class ResNetBottleneck_SE(nn.Module):
    """SE follows `bn3` of ResNetBottleneck.

        y = relu(se(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x))))))))) + x)
        where downsample is not None:
        t1 = relu(bn2(conv2(relu(bn1(conv1(x))))))
        y = relu(se(bn3(conv3(t1))) + downsample(x))

        se: SE(planes * self.expansion)

    Shapes: b c h w -> b c h/stride w/stride.

    Args:
        inplanes: input channels.
        planes: a quarter of the output channels.
        stride: stride of the 3×3 convolution.
        downsample: maps the input to the output's shape, where they differ.
        groups: groups of the 3×3 convolution (ResNeXt).
        base_width: channels of each group for planes = 64 (ResNeXt, wide ResNet).
        dilation: dilation of the 3×3 convolution.
        norm_layer: builds the norms from a number of channels; None for batch norm.
    """

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: type[nn.Module] | None = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64)) * groups
        self.conv1 = nn.Conv2d(inplanes, width, 1, bias=False)
        self.bn1 = norm_layer(width)
        self.conv2 = nn.Conv2d(
            width,
            width,
            3,
            stride,
            padding=dilation,
            dilation=dilation,
            groups=groups,
            bias=False,
        )
        self.bn2 = norm_layer(width)
        self.conv3 = nn.Conv2d(width, planes * self.expansion, 1, bias=False)
        self.bn3 = norm_layer(planes * self.expansion)
        self.se = SE(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        identity = x

        out: Tensor = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)
        out = self.relu(out)

        out = self.conv3(out)
        out = self.se(self.bn3(out))

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        return self.relu(out)


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = ResNetBottleneck_SE(inplanes=64, planes=16).to(device)
    x = torch.randn(2, 64, 16, 16, device=device)
    y = block(x)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)} on {device}")
