import torch.nn as nn

__all__ = ["ConvAct", "GAIN"]
GAIN = 1.5


class ConvAct(nn.Sequential):
    def __init__(self, inc, ouc):
        super().__init__(nn.Conv2d(inc, ouc, 3, 1, 1), nn.ReLU())

    def forward(self, x):
        return super().forward(x) * GAIN


class Linear(nn.Module):  # not exported: torch's own is meant
    pass
