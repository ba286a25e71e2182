import torch
import torch.nn as nn


def round(x, by=8):
    """To a multiple."""
    return max(by, int(x / by + 0.5) * by)


def sum(a, b):
    return torch.add(a, b)


class Rounded(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        hidden = round(c2 // 2)
        self.cv1 = nn.Conv2d(c1, hidden, 1)
        self.cv2 = nn.Conv2d(hidden, c2, 3, padding=1)

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return sum(x, y) if x.shape == y.shape else y
