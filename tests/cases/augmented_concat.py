# fuse: concat Block SE
from torch import nn


class Block(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(planes, planes, 1))
        self.skip = nn.Conv2d(inplanes, planes, 1, stride)

    def forward(self, x):
        out = self.conv(x)
        out *= self.gate(out)  # in place
        out += self.skip(x)
        return out

# expected
class Block_SE(nn.Module):
    """SE runs beside the main path of Block, and a 1x1 convolution mixes both.

        t1 = conv(x)
        y = fuse(cat([t1 * gate(t1), se(x)], dim=1)) + skip(x)

        se: nn.Sequential(SE(inplanes), nn.Conv2d(inplanes, planes, 1, stride,
            bias=False), nn.BatchNorm2d(planes))

    Shapes: b c1 h w -> b c2 h/stride w/stride.
    """

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, planes, 3, stride, 1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(planes, planes, 1))
        self.se = nn.Sequential(
            SE(inplanes),
            nn.Conv2d(inplanes, planes, 1, stride, bias=False),
            nn.BatchNorm2d(planes),
        )
        self.fuse = nn.Conv2d(2 * planes, planes, 1)
        self.skip = nn.Conv2d(inplanes, planes, 1, stride)

    def forward(self, x):
        out = self.conv(x)
        out *= self.gate(out)  # in place
        out = self.fuse(torch.cat([out, self.se(x)], dim=1))
        out += self.skip(x)
        return out
