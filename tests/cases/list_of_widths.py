# fuse: parallel Head CBAM
from torch import nn


class Head(nn.Sequential):
    def __init__(self, in_channels, layers=(32, 16)):
        found = []
        for c1, c2 in zip([in_channels, *layers], layers):
            found += [nn.Conv2d(c1, c2, 3, padding=1), nn.ReLU(inplace=True)]
        super().__init__(*found)

# expected
class Head_CBAM(nn.Sequential):
    """CBAM runs beside the whole of Head, and the results are added.

        y = self[3](self[2](self[1](self[0](x)))) + cbam(x)

        cbam: nn.Sequential(nn.Conv2d(in_channels, layers[-1], 1, bias=False),
            nn.BatchNorm2d(layers[-1]), CBAM(layers[-1]))

    Shapes: b c h w -> b 16 h w.
    """

    def __init__(self, in_channels, layers=(32, 16)):
        found = []
        for c1, c2 in zip([in_channels, *layers], layers):
            found += [nn.Conv2d(c1, c2, 3, padding=1), nn.ReLU(inplace=True)]
        super().__init__(*found)
        self.cbam = nn.Sequential(
            nn.Conv2d(in_channels, layers[-1], 1, bias=False),
            nn.BatchNorm2d(layers[-1]),
            CBAM(layers[-1]),
        )

    def forward(self, input):
        identity = input
        for module in list(self)[:-1]:
            input = module(input)
        return input + self.cbam(identity)
