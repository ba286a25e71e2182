# fuse: parallel DenseLayer SE
import torch
import torch.nn as nn
import torch.nn.functional as F


class DenseLayer(nn.Sequential):
    def __init__(self, num_input_features, growth_rate, drop_rate=0.0):
        super(DenseLayer, self).__init__()
        self.add_module("norm", nn.BatchNorm2d(num_input_features))
        self.add_module("relu", nn.ReLU())
        self.add_module("conv", nn.Conv2d(num_input_features, growth_rate, 3, padding=1))
        self.drop_rate = drop_rate

    def forward(self, x):
        new = super(DenseLayer, self).forward(x)
        if self.drop_rate > 0:
            new = F.dropout(new, p=self.drop_rate, training=self.training)
        return torch.cat([x, new], 1)

# expected
class DenseLayer_SE(nn.Sequential):
    """SE runs beside the whole of DenseLayer, and the results are added.

        y = cat([x, conv(relu(norm(x)))], 1) + se(x)

        se: nn.Sequential(SE(num_input_features), nn.Conv2d(num_input_features,
            num_input_features + growth_rate, 1, bias=False),
            nn.BatchNorm2d(num_input_features + growth_rate))

    Shapes: b c h w -> b c+64 h w.
    """

    def __init__(self, num_input_features, growth_rate, drop_rate=0.0):
        super(DenseLayer_SE, self).__init__()
        self.add_module("norm", nn.BatchNorm2d(num_input_features))
        self.add_module("relu", nn.ReLU())
        self.add_module(
            "conv", nn.Conv2d(num_input_features, growth_rate, 3, padding=1)
        )
        self.drop_rate = drop_rate
        self.se = nn.Sequential(
            SE(num_input_features),
            nn.Conv2d(
                num_input_features, num_input_features + growth_rate, 1, bias=False
            ),
            nn.BatchNorm2d(num_input_features + growth_rate),
        )

    def forward(self, x):
        new = nn.Sequential(*list(self)[:-1])(x)
        if self.drop_rate > 0:
            new = F.dropout(new, p=self.drop_rate, training=self.training)
        return torch.cat([x, new], 1) + self.se(x)
