import torch
from torch import nn


class Grid(nn.Module):
    def forward(self, x):
        n = x.shape[-1]
        a = torch.linspace(-1, 1, n, device=x.device)
        b = torch.arange(n, dtype=torch.float32)
        c = torch.arange(n, device=x.device).float().view(1, -1)
        d = torch.arange(n, device=x.device).to(torch.float32)
        e = x.float().mean()
        f = torch.ones(n).to(x)
        g = torch.zeros(n, dtype=torch.long)
        h = torch.arange(n)
        i = torch.zeros(n, **self.options)
        return a + b + c + d + e + f + g + h + i
# output
import torch
from torch import nn


class Grid(nn.Module):
    def forward(self, x):
        n = x.shape[-1]
        a = torch.linspace(-1, 1, n, device=x.device, dtype=x.dtype)
        b = torch.arange(n, dtype=x.dtype)
        c = torch.arange(n, device=x.device).to(x.dtype).view(1, -1)
        d = torch.arange(n, device=x.device).to(x.dtype)
        e = x.float().mean()
        f = torch.ones(n).to(x)
        g = torch.zeros(n, dtype=torch.long)
        h = torch.arange(n)
        i = torch.zeros(n, **self.options)
        return a + b + c + d + e + f + g + h + i
