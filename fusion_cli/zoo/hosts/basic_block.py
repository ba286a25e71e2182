"""ResNet-18 block: two 3×3 convolutions and a shortcut (He et al., 2016, arXiv:1512.03385)."""

from torch import Tensor, nn

EXAMPLE = {"inplanes": 64, "planes": 64}


class BasicBlock(nn.Module):
    """Basic block: `b inplanes h w -> b planes h/stride w/stride`.

    relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut), the shortcut being the input or, where there
    is one, its `downsample`.

    Args:
        inplanes: input channels.
        planes: output channels.
        stride: stride of the first convolution.
        downsample: maps the input to the output's shape, where they differ.
        groups, base_width, dilation: as ResNetBottleneck has them; only the defaults are possible.
        norm_layer: builds the norms from a number of channels; None for batch norm.

    Raises:
        ValueError: if groups, base_width or dilation is not the default.
    """

    expansion = 1

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
        if groups != 1 or base_width != 64 or dilation != 1:
            raise ValueError("BasicBlock has only groups=1, base_width=64 and dilation=1")
        norm_layer = norm_layer or nn.BatchNorm2d
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, padding=1, bias=False)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        identity = x

        out: Tensor = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        return self.relu(out)
