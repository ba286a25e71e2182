from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.p_conv = nn.Conv2d(3, 3, 1)
        self.p_conv.register_full_backward_hook(self._set_lr)  # slower
        self.m_conv = nn.Conv2d(3, 3, 1)
        self.m_conv.register_backward_hook(self._set_lr)

    @staticmethod
    def _set_lr(module, grad_input, grad_output):
        """Scale the gradients."""
        grad_input = (grad_input[i] * 0.1 for i in range(len(grad_input)))
        grad_output = (grad_output[i] * 0.1 for i in range(len(grad_output)))

    def forward(self, x):
        return self.p_conv(x)
# output
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.p_conv = nn.Conv2d(3, 3, 1)
        self.m_conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.p_conv(x)
