# fuse: merge Block AFF
from torch import nn


class Block(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.bn(self.conv(x))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity  # the shortcut
        return self.relu(out)

# expected
class Block_AFF(nn.Module):
    """AFF merges what `add` of Block is given.

        y = relu(aff(bn(conv(x)), x))
        y = relu(aff(bn(conv(x)), downsample(x)))    (where downsample is not None)

        aff: AFF(planes)

    Shapes: b c h w -> b c h/stride w/stride.
    """

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.aff = AFF(planes)

    def forward(self, x):
        identity = x
        out = self.bn(self.conv(x))
        if self.downsample is not None:
            identity = self.downsample(x)
        out = self.aff(out, identity)  # the shortcut
        return self.relu(out)
