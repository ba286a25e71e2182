import torch
import torch.nn as nn

try:
    from a_fast_kernel import fast_scan
except ImportError:
    fast_scan = None

try:
    import b_fast_kernel.ops as ops
    HAVE_OPS = True
except Exception:
    HAVE_OPS = False


class Scan(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.gate = nn.Conv2d(d_model, d_model, 1)
        self.out = nn.Conv2d(d_model, d_model, 1)

    def forward(self, x):
        if fast_scan is not None:
            return fast_scan(x)
        if HAVE_OPS:
            return ops.scan(x)
        return self.out(x.cumsum(-1) / x.shape[-1] * torch.sigmoid(self.gate(x)))
