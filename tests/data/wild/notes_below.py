import torch
import torch.nn as nn


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x))


if __name__ == "__main__":
    print(Gate(8)(torch.randn(1, 8, 4, 4)).shape)

第一步: 把上面的代码放到 block.py

# yolov8.yaml
nc: 80
backbone:
  - [-1, 1, Gate, [64]]
