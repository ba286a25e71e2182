"""A hook that was meant to scale the gradient of the offsets and returns nothing."""

from torch import nn

EXAMPLE = {"dim": 16}
FINDS = "warned"


class Defect(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.offset = nn.Conv2d(dim, dim, 3, padding=1)
        self.offset.register_full_backward_hook(self.slower)

    @staticmethod
    def slower(module, grad_input, grad_output):
        grad_input = tuple(grad * 0.1 for grad in grad_input)

    def forward(self, x):
        return x + self.offset(x * 1)


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.offset = nn.Conv2d(dim, dim, 3, padding=1)
        self.offset.register_full_backward_hook(self.slower)
        self.seen = 0

    def slower(self, module, grad_input, grad_output):
        return tuple(grad * 0.1 for grad in grad_input)

    def forward(self, x):
        return x + self.offset(x * 1)
