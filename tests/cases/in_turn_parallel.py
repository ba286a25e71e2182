# fuse: parallel ConvNormAct CBAM
from torch import nn


class ConvNormAct(nn.Sequential):
    def __init__(self, c1, c2, k=3, act=True):
        layers = [nn.Conv2d(c1, c2, k, 1, k // 2, bias=False), nn.BatchNorm2d(c2)]
        if act:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)

# expected
class ConvNormAct_CBAM(nn.Sequential):
    """CBAM runs beside the whole of ConvNormAct, and the results are added.

        y = self[2](self[1](self[0](x))) + cbam(x)
        y = self[1](self[0](x)) + cbam(x)    (where not act)

        cbam: nn.Sequential(CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False),
            nn.BatchNorm2d(c2))

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, k=3, act=True):
        layers = [nn.Conv2d(c1, c2, k, 1, k // 2, bias=False), nn.BatchNorm2d(c2)]
        if act:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)
        self.cbam = nn.Sequential(
            CBAM(c1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2)
        )

    def forward(self, input):
        identity = input
        for module in list(self)[:-1]:
            input = module(input)
        return input + self.cbam(identity)
