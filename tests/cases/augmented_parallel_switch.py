# fuse: parallel Block SE --switch use_se
from torch import nn


class Block(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(planes, planes, 1))
        self.skip = nn.Conv2d(inplanes, planes, 1, stride)

    def forward(self, x):
        s = self.skip(x)
        x = self.conv(x)
        x *= self.gate(x)  # in place
        return x + s

# expected
class Block_SE(nn.Module):
    """SE runs beside the main path of Block, and the results are added.

        t1 = conv(x)
        y = t1 * gate(t1) + se(x) + skip(x)

        se: nn.Sequential(SE(inplanes), nn.Conv2d(inplanes, planes, 1, stride,
            bias=False), nn.BatchNorm2d(planes))
        use_se: where it is false the block is Block

    Shapes: b c1 h w -> b c2 h/stride w/stride.
    """

    def __init__(self, inplanes, planes, stride=1, use_se=True):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(planes, planes, 1))
        self.use_se = use_se
        if self.use_se:
            self.se = nn.Sequential(
                SE(inplanes),
                nn.Conv2d(inplanes, planes, 1, stride, bias=False),
                nn.BatchNorm2d(planes),
            )
        self.skip = nn.Conv2d(inplanes, planes, 1, stride)

    def forward(self, x):
        s = self.skip(x)
        identity = x
        x = self.conv(x)
        x *= self.gate(x)  # in place
        if self.use_se:
            x = x + self.se(identity)
        return x + s
