"""The misread grids of `akconv.py` in the branch of a residual block.

On square maps every sample is transposed, on others scrambled. `Clean` has "ij" in their place.
"""

import math

import torch
from einops import rearrange
from torch import nn

EXAMPLE = {"c1": 16, "c2": 16}
INPUT = (2, 16, 12, 12)


class Conv(nn.Module):
    def __init__(self, c1, c2, k, s):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class AKConv(nn.Module):
    indexing = "ij"

    def __init__(self, c1, c2, stride=1, num_param=5):
        super().__init__()
        self.num_param = num_param
        self.stride = stride
        self.conv = Conv(c1, c2, k=(num_param, 1), s=(num_param, 1))
        self.p_conv = nn.Conv2d(c1, 2 * num_param, kernel_size=3, padding=1, stride=stride)
        nn.init.constant_(self.p_conv.weight, 0)

    def forward(self, x):
        offset = self.p_conv(x)
        dtype = offset.data.type()
        N = offset.size(1) // 2
        p = self._get_p(offset, dtype).contiguous().permute(0, 2, 3, 1)
        rows, columns = x.size(2) - 1, x.size(3) - 1
        q_lt = p.detach().floor()
        q_rb = q_lt + 1
        q_lt = torch.cat(
            [q_lt[..., :N].clamp(0, rows), q_lt[..., N:].clamp(0, columns)], dim=-1
        ).long()
        q_rb = torch.cat(
            [q_rb[..., :N].clamp(0, rows), q_rb[..., N:].clamp(0, columns)], dim=-1
        ).long()
        q_lb = torch.cat([q_lt[..., :N], q_rb[..., N:]], dim=-1)
        q_rt = torch.cat([q_rb[..., :N], q_lt[..., N:]], dim=-1)
        p = torch.cat([p[..., :N].clamp(0, rows), p[..., N:].clamp(0, columns)], dim=-1)
        x_offset = sum(
            self._weight(q, p, N, signs).unsqueeze(dim=1) * self._get_x_q(x, q, N)
            for q, signs in ((q_lt, (1, 1)), (q_rb, (-1, -1)), (q_lb, (1, -1)), (q_rt, (-1, 1)))
        )
        return self.conv(rearrange(x_offset, "b c h w n -> b c (h n) w"))

    @staticmethod
    def _weight(q, p, N, signs):
        down = 1 + signs[0] * (q[..., :N].type_as(p) - p[..., :N])
        right = 1 + signs[1] * (q[..., N:].type_as(p) - p[..., N:])
        return down * right

    def _grid(self, rows, columns):
        x, y = torch.meshgrid(rows, columns, indexing=self.indexing)
        return torch.flatten(x), torch.flatten(y)

    def _get_p_n(self, N, dtype):
        base = round(math.sqrt(self.num_param))
        rows, rest = self.num_param // base, self.num_param % base
        x, y = self._grid(torch.arange(0, rows), torch.arange(0, base))
        if rest > 0:
            more_x, more_y = self._grid(torch.arange(rows, rows + 1), torch.arange(0, rest))
            x, y = torch.cat((x, more_x)), torch.cat((y, more_y))
        return torch.cat([x, y], 0).view(1, 2 * N, 1, 1).type(dtype)

    def _get_p_0(self, h, w, N, dtype):
        x, y = self._grid(
            torch.arange(0, h * self.stride, self.stride),
            torch.arange(0, w * self.stride, self.stride),
        )
        x = x.view(1, 1, h, w).repeat(1, N, 1, 1)
        y = y.view(1, 1, h, w).repeat(1, N, 1, 1)
        return torch.cat([x, y], 1).type(dtype)

    def _get_p(self, offset, dtype):
        N, h, w = offset.size(1) // 2, offset.size(2), offset.size(3)
        return self._get_p_0(h, w, N, dtype) + self._get_p_n(N, dtype) + offset

    def _get_x_q(self, x, q, N):
        b, h, w, _ = q.size()
        c = x.size(1)
        index = q[..., :N] * x.size(3) + q[..., N:]
        x = x.contiguous().view(b, c, -1)
        index = index.unsqueeze(dim=1).expand(-1, c, -1, -1, -1).contiguous().view(b, c, -1)
        index = index.clamp(min=0, max=x.shape[-1] - 1)
        return x.gather(dim=-1, index=index).contiguous().view(b, c, h, w, N)


class Bottleneck(nn.Module):
    indexing = "ij"

    def __init__(self, c1, c2):
        super().__init__()
        self.cv1 = AKConv(c1, c2 // 2)
        self.cv1.indexing = self.indexing
        self.cv2 = nn.Conv2d(c2 // 2, c2, 3, padding=1)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class Defect(Bottleneck):
    indexing = "xy"


class Clean(Bottleneck):
    pass
