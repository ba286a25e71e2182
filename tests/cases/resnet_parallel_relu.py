# fuse: parallel Block SE --at relu
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
class Block_SE(nn.Module):
    """SE runs beside `relu` of Block, and the results are added.

        t1 = bn1(conv1(x))
        t2 = bn2(conv2(relu(t1) + se(t1))) + x
        y = relu(t2) + se(t2)
        where downsample is not None:
        t1 = bn1(conv1(x))
        t2 = bn2(conv2(relu(t1) + se(t1))) + downsample(x)
        y = relu(t2) + se(t2)

        se: SE(planes)

    Shapes: b c h w -> b c h/stride w/stride.
    """

    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(Block_SE, self).__init__()
        # Both self.conv1 and self.downsample layers downsample the input when stride != 1
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.se = SE(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x

        out = self.conv1(x)
        out = self.bn1(out)  # norm
        y = out.clone()
        out = self.relu(out) + self.se(y)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:
            identity = self.downsample(x)

        out += identity
        y2 = out.clone()
        out = self.relu(out) + self.se(y2)

        return out
