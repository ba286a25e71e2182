"""AFF merges what `add` of Bottleneck is given.

host        Bottleneck of the zoo
donor       AFF of the zoo
pattern     merge at add
command     fuse merge Bottleneck AFF
written by  fuse 0.1.0
"""

import torch
from torch import Tensor, nn


class AFF(nn.Module):
    """w · x + (1 - w) · y, twice: `b c h w, b c h w -> b c h w` (eq. 4).

    w = σ(local(x + y) + wide(x + y)), where `local` sees each place alone and `wide` the mean of
    them all. As in the authors' code, both summands are doubled. There is no norm in `wide`: a
    batch of one has no statistics there.

    Args:
        channels: channels of both maps.
        reduction: how many times fewer the hidden channels are; at least one remains.
    """

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.local = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.wide = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
        )

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        both = x + y
        weight = torch.sigmoid(self.local(both) + self.wide(both))
        return 2 * x * weight + 2 * y * (1 - weight)


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


class Bottleneck_AFF(nn.Module):
    """AFF merges what `add` of Bottleneck is given.

        y = aff(x, cv2(cv1(x)))
        y = cv2(cv1(x))    (where not shortcut or c1 != c2)

        aff: AFF(c1)

    Shapes: b c1 h w -> b c2 h w.

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
        self.aff = AFF(c1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.cv2(self.cv1(x))
        return self.aff(x, y) if self.add else y


if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = Bottleneck_AFF(c1=64, c2=64).to(device)
    x = torch.randn(2, 64, 16, 16, device=device)
    y = block(x)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)} on {device}")
