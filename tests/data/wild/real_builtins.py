import torch.nn as nn


class Averaged(nn.Module):
    """Uses the builtins that another file hides."""

    def __init__(self, channels, ratio=0.5):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(round(4 * ratio))
        )

    def forward(self, x):
        return sum(conv(x) for conv in self.convs) / len(self.convs)
