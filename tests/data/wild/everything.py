#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""A file with all that closures meet."""
import argparse, os
from functools import partial
from typing import TYPE_CHECKING, Optional

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.checkpoint

try:
    from a_package_nobody_has import fast_scan, slow_scan
except ImportError:
    fast_scan = None

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

torch.manual_seed(0)
print("loading")

EPS, SCALE = 1e-5, 2.0
LAYERS = {}
LAYERS["relu"] = nn.ReLU
LAYERS.update(gelu=nn.GELU)
WIDTHS = [16]
WIDTHS += [32]
UNUSED = os.getcwd()

__all__ = ["Net"]


def register(cls):
    LAYERS[cls.__name__] = cls
    return cls


# Norm: kept small on purpose.
# It has two lines of comment.
class Norm(nn.Module):
    eps = EPS

    def __init__(self, dim: int, hook: "Optional[Callable]" = None):
        super(Norm, self).__init__()
        self.weight = nn.Parameter(torch.ones(dim))  # one a channel

    def forward(self, x):
        return self.weight[:, None, None] * x / (x.std() + self.eps)


Norm.scale = SCALE
make_norm = partial(Norm, hook=None)


@register
class Net(nn.Module):
    """A docstring that says Norm and EPS."""

    Norm = Norm

    def __init__(self, dim: int, act: str = "relu"):
        super().__init__()
        self.norms = nn.ModuleList([Norm(dim) for Norm_ in WIDTHS])
        self.act = LAYERS[act]()
        self.extra = make_norm(dim)

    def forward(self, x):
        EPS = 0.5
        if fast_scan is not None:
            x = fast_scan(x)
        for norm in self.norms:
            x = torch.utils.checkpoint.checkpoint(norm, x, use_reentrant=False)
        return helper(F.relu(self.extra(self.act(x)))) + EPS


def helper(x):
    return x if (n := x.dim()) == 4 else x.unsqueeze(n)


def main():
    parser = argparse.ArgumentParser()
    return parser.parse_args()


if __name__ == "__main__":
    print(main())
