"""A gradient hook that returns what it scaled, and one that only keeps a record."""

from torch import nn

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.offset = nn.Conv2d(dim, dim, 3, padding=1)
        self.offset.register_full_backward_hook(self.scale)
        self.proj = nn.Conv2d(dim, dim, 1)
        self.proj.register_full_backward_hook(self.record)
        self.norms = []

    def scale(self, module, grad_input, grad_output):
        return tuple(grad * 0.1 for grad in grad_input)

    def record(self, module, grad_input, grad_output):
        self.norms.append(float(grad_output[0].norm()))

    def forward(self, x):
        return self.proj(self.offset(x * 1.0))
