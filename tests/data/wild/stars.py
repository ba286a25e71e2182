from torch import *
from torch.nn import *
import torch.nn.functional as F
from stars_helper import *


class Starred(Module):
    def __init__(self, inc, ouc):
        super().__init__()
        self.conv = ConvAct(inc, ouc)
        self.proj = Conv2d(ouc, ouc, 1)

    def forward(self, x):
        x = self.conv(x)
        return x * sigmoid(self.proj(x)) + _quiet(x)


def _quiet(x):
    return F.relu(x) * 0
