"""YOLO convolution: convolution, batch norm, SiLU (Redmon & Farhadi, 2018, arXiv:1804.02767)."""

from torch import Tensor, nn

EXAMPLE = {"c1": 64, "c2": 64, "k": 3}


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
        self.conv = nn.Conv2d(c1, c2, k, s, autopad(k, p, d), groups=g, dilation=d, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = (
            nn.SiLU() if act is True else act if isinstance(act, nn.Module) else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn(self.conv(x)))
