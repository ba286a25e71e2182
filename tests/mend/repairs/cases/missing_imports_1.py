"""A block out of a paper."""

from __future__ import annotations


class Block(nn.Module):
    def forward(self, x):
        scale = 1 / math.sqrt(x.shape[1])
        return F.relu(rearrange(x, "b c h w -> b (h w) c")) * scale + torch.zeros(1)
# output
"""A block out of a paper."""

from __future__ import annotations

import math
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        scale = 1 / math.sqrt(x.shape[1])
        return F.relu(rearrange(x, "b c h w -> b (h w) c")) * scale + torch.zeros(1)
