"""Takes the first of several outputs of a module: the map before its attention weights, say."""

from torch import Tensor, nn


class FirstOutput(nn.Module):
    """What `module` gives first.

    Args:
        module: returns a tuple or a list whose first item is a tensor.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor | int) -> Tensor:
        return self.module(*inputs)[0]
