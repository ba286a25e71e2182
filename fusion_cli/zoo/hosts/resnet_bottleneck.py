"""ResNet-50 block: a 3×3 convolution between two 1×1 (He et al., 2016, arXiv:1512.03385)."""

from torch import Tensor, nn

EXAMPLE = {"inplanes": 64, "planes": 16}


class ResNetBottleneck(nn.Module):
    """Bottleneck, stride at the 3×3: `b inplanes h w -> b 4·planes h/stride w/stride`.

    relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut), the shortcut being the input
    or, where there is one, its `downsample`. The paper has the stride at conv1; at conv2, as here
    and in torchvision, it skips no pixel.

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
            width, width, 3, stride, padding=dilation, dilation=dilation, groups=groups, bias=False
        )
        self.bn2 = norm_layer(width)
        self.conv3 = nn.Conv2d(width, planes * self.expansion, 1, bias=False)
        self.bn3 = norm_layer(planes * self.expansion)
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
        out = self.bn3(out)

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        return self.relu(out)
