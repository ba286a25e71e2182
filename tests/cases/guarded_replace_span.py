# fuse: replace Block AKConv --at conv1..bn2 --when "stride == 1"
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
    """AKConv replaces `conv1..bn2` of Block.

        y = relu(akconv(x) + x)
        y = relu(akconv(x) + downsample(x))    (where downsample is not None)

        akconv: AKConv(inplanes, planes)
        use_akconv: stride == 1; where it is false the block is Block

    Shapes: b c h w -> b c h/stride w/stride.
    """

    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(Block_AKConv, self).__init__()
        self.use_akconv = stride == 1
        if not self.use_akconv:
            # Both self.conv1 and self.downsample layers downsample the input when stride != 1
            self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        if self.use_akconv:
            self.akconv = AKConv(inplanes, planes)
        else:
            self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        if self.use_akconv:
            out = self.akconv(x)
        else:
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
