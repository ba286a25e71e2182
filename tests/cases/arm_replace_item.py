# fuse: replace Block AKConv --at dense.conv
import torch.nn as nn


def conv_bn(in_channels, out_channels, kernel_size, stride):
    layers = nn.Sequential()
    padding = kernel_size // 2
    layers.add_module("conv", nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding))
    layers.add_module("bn", nn.BatchNorm2d(out_channels))
    return layers


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, deploy=False):
        super().__init__()
        if deploy:
            self.whole = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        else:
            self.dense = conv_bn(in_channels, out_channels, 3, stride)
            self.point = conv_bn(in_channels, out_channels, 1, stride)
        self.act = nn.ReLU()

    def forward(self, x):
        if hasattr(self, "whole"):
            return self.act(self.whole(x))
        return self.act(self.dense(x) + self.point(x))

# expected
class Block_AKConv(nn.Module):
    """AKConv replaces `dense.conv` of Block.

        y = act(dense.bn(dense[0](x)) + point(x))
        y = act(whole(x))    (where deploy)

        dense[0]: AKConv(in_channels, out_channels, stride)

    Shapes: b c1 h w -> b c2 h/stride w/stride.
    """

    def __init__(self, in_channels, out_channels, stride=1, deploy=False):
        super().__init__()
        if deploy:
            self.whole = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        else:
            self.dense = conv_bn(in_channels, out_channels, 3, stride)
            self.dense[0] = AKConv(in_channels, out_channels, stride)
            self.point = conv_bn(in_channels, out_channels, 1, stride)
        self.act = nn.ReLU()

    def forward(self, x):
        if hasattr(self, "whole"):
            return self.act(self.whole(x))
        return self.act(self.dense(x) + self.point(x))
