"""YOLO bottleneck: two convolutions and a shortcut (Redmon & Farhadi, 2018, arXiv:1804.02767)."""

from torch import Tensor, nn

from .conv import Conv

EXAMPLE = {"c1": 64, "c2": 64}


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
