"""CBAM follows `cv1` of C2f.

host        C2f of the zoo
donor       CBAM of the zoo
pattern     serial at cv1
command     fuse serial C2f CBAM
written by  fuse 0.1.0
"""

import torch
from torch import Tensor, nn


def autopad(
    k: int | tuple[int, int], p: int | tuple[int, int] | None = None, d: int = 1
) -> int | tuple[int, int]:
    """Return `p`, or what keeps the map's size under an odd kernel `k` dilated by `d`."""
    if p is not None:
        return p
    if isinstance(k, int):
        return (d * (k - 1) + 1) // 2
    return (d * (k[0] - 1) + 1) // 2, (d * (k[1] - 1) + 1) // 2


class Conv(nn.Module):
    """Convolution without bias, batch norm, activation: `b c1 h w -> b c2 h/s w/s`.

    Args:
        c1: input channels.
        c2: output channels.
        k: kernel size.
        s: stride.
        p: padding; None keeps the map's size under an odd kernel and stride 1.
        g: groups.
        d: dilation.
        act: True for SiLU, a module to use instead, anything else for none.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        k: int | tuple[int, int] = 1,
        s: int | tuple[int, int] = 1,
        p: int | tuple[int, int] | None = None,
        g: int = 1,
        d: int = 1,
        act: bool | nn.Module = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            c1, c2, k, s, autopad(k, p, d), groups=g, dilation=d, bias=False
        )
        self.bn = nn.BatchNorm2d(c2)
        self.act = (
            nn.SiLU()
            if act is True
            else act if isinstance(act, nn.Module) else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn(self.conv(x)))


class CBAM(nn.Module):
    """CBAM, channel attention and then spatial attention: `b c h w -> b c h w`.

    y = x · σ(channel(mean over places) + channel(maximum over places)), then
    y · σ(spatial([mean over channels, maximum over channels])). As in the authors' code, there is a
    batch norm in `spatial`.

    Args:
        channels: channels of the map.
        reduction: how many times fewer the hidden channels are; at least one remains.
        kernel_size: odd size of the spatial kernel.
    """

    def __init__(
        self, channels: int, reduction: int = 16, kernel_size: int = 7
    ) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.channel = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
        )
        self.spatial = Conv(2, 1, kernel_size, act=False)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        mean, peak = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        x = x * self.gate(self.channel(mean) + self.channel(peak))
        mean, peak = x.mean(1, keepdim=True), x.amax(1, keepdim=True)
        return x * self.gate(self.spatial(torch.cat((mean, peak), dim=1)))


class Bottleneck(nn.Module):
    """x + cv2(cv1(x)), without `x +` where there is no shortcut: `b c1 h w -> b c2 h w`.

    Args:
        c1: input channels.
        c2: output channels.
        shortcut: add the input where c1 = c2.
        g: groups of the second convolution.
        k: kernel sizes of the two convolutions.
        e: hidden channels as a share of c2.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        shortcut: bool = True,
        g: int = 1,
        k: tuple[int | tuple[int, int], int | tuple[int, int]] = (3, 3),
        e: float = 0.5,
    ) -> None:
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, k[0], 1)
        self.cv2 = Conv(c_, c2, k[1], 1, g=g)
        self.add = shortcut and c1 == c2

    def forward(self, x: Tensor) -> Tensor:
        return x + self.cv2(self.cv1(x)) if self.add else self.cv2(self.cv1(x))


class C2f_CBAM(nn.Module):
    """CBAM follows `cv1` of C2f.

        for n=2:
        t1 = chunk(cbam(cv1(x)), 2, 1)
        t2 = m[0](t1[1])
        y = cv2(cat([t1[0], t1[1], t2, m[1](t2)], 1))

        cbam: CBAM(2 * self.c)

    Shapes: b c1 h w -> b c2 h w.

    Args:
        c1: input channels.
        c2: output channels.
        n: number of bottlenecks.
        shortcut: whether the bottlenecks add their input.
        g: groups of the bottlenecks' second convolution.
        e: channels of each stage as a share of c2.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        n: int = 1,
        shortcut: bool = False,
        g: int = 1,
        e: float = 0.5,
    ) -> None:
        super().__init__()
        self.c = int(c2 * e)  # channels of each stage
        self.cv1 = Conv(c1, 2 * self.c, 1, 1)
        self.cbam = CBAM(2 * self.c)
        self.cv2 = Conv((2 + n) * self.c, c2, 1)
        self.m = nn.ModuleList(
            Bottleneck(self.c, self.c, shortcut, g, e=1.0) for _ in range(n)
        )

    def forward(self, x: Tensor) -> Tensor:
        stages = list(self.cbam(self.cv1(x)).chunk(2, 1))
        for m in self.m:
            stages.append(m(stages[-1]))
        return self.cv2(torch.cat(stages, 1))


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = C2f_CBAM(c1=64, c2=64, n=2, shortcut=True).to(device)
    x = torch.randn(2, 64, 16, 16, device=device)
    y = block(x)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)} on {device}")
