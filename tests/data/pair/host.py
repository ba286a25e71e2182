import torch.nn as nn

from common import *
import common as blocks


class Host(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1 = Conv(c1, c2, 3)
        self.cv2 = blocks.Conv(c2, c2)

    def forward(self, x):
        return self.cv2(self.cv1(x))
