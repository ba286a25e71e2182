# fuse: concat Block AKConv --at block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(Block, self).__init__()
        # Both self.conv1 and self.downsample layers downsample the input when stride != 1
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x

        out = self.conv1(x)
        out = self.bn1(out)  # norm
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        out = self.relu(out)

        return out

# expected
class Block_AKConv(nn.Module):
    """AKConv runs beside the whole of Block, and a 1x1 convolution mixes both.

        y = fuse(cat([relu(bn2(conv2(relu(bn1(conv1(x))))) + x), akconv(x)], dim=1))
        where downsample is not None:
        t1 = bn2(conv2(relu(bn1(conv1(x))))) + downsample(x)
        y = fuse(cat([relu(t1), akconv(x)], dim=1))

        akconv: AKConv(inplanes, planes, stride)

    Shapes: b c h w -> b c h/stride w/stride.
    """

    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(Block_AKConv, self).__init__()
        # Both self.conv1 and self.downsample layers downsample the input when stride != 1
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample
        self.akconv = AKConv(inplanes, planes, stride)
        self.fuse = nn.Conv2d(2 * planes, planes, 1)

    def forward(self, x):
        identity = x

        out = self.conv1(x)
        out = self.bn1(out)  # norm
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        out = self.relu(out)

        return self.fuse(torch.cat([out, self.akconv(x)], dim=1))
