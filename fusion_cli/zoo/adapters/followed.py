"""A module of several inputs and what follows it: `nn.Sequential` hands on one input only."""

from torch import Tensor, nn


class Followed(nn.Sequential):
    """The first module maps all inputs, each of the others what the one before it gives."""

    def forward(self, *inputs: Tensor) -> Tensor:
        first, *others = self
        x = first(*inputs)
        for module in others:
            x = module(x)
        return x
