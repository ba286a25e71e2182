# fuse: serial Squeeze SE
from torch import nn
from torch.nn import functional as F


class Squeeze(nn.Module):
    def __init__(self, channels, hidden=8):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, x):
        y = F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))
        return x * self.fc2(y).sigmoid()

# expected
class Squeeze_SE(nn.Module):
    """SE follows `fc1` of Squeeze.

        y = x * sigmoid(fc2(relu(se(fc1(adaptive_avg_pool2d(x, 1))))))

        se: SE(hidden)

    Shapes: b c h w -> b c h w.
    """

    def __init__(self, channels, hidden=8):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.se = SE(hidden)
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, x):
        y = F.relu(self.se(self.fc1(F.adaptive_avg_pool2d(x, 1))))
        return x * self.fc2(y).sigmoid()
