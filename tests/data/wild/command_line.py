"""A block at the head of a training script."""

import argparse
import os
import random
import warnings

import numpy as np
import torch
import torch.nn as nn

warnings.filterwarnings("ignore")
os.environ["CUDA_VISIBLE_DEVICES"] = "0"
torch.manual_seed(3407)
random.seed(3407)
np.random.seed(3407)
torch.backends.cudnn.benchmark = True
torch.set_default_dtype(torch.float64)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=32)
parser.add_argument("--data", default="./data")
args = parser.parse_args()
print("loading", args.data)

SLOPE = 0.1


class Mixer(nn.Module):
    def __init__(self, in_dim, out_dim):
        super(Mixer, self).__init__()
        self.dw = nn.Conv2d(in_dim, in_dim, 3, padding=1, groups=in_dim)
        self.act = nn.LeakyReLU(SLOPE)
        self.pw = nn.Conv2d(in_dim, out_dim, 1)

    def forward(self, x):
        return self.pw(self.act(self.dw(x)))


if __name__ == "__main__":
    model = Mixer(32, 48).cuda()
    x = torch.randn(1, 32, 64, 64).cuda()
    print(model(x).shape)
    torch.save(model.state_dict(), "mixer.pth")
