"""YOLOv8 block: the last convolution sees every bottleneck (Wang et al., 2022, arXiv:2211.04800)."""

import torch
from torch import Tensor, nn

from .bottleneck import Bottleneck
from .conv import Conv

EXAMPLE = {"c1": 64, "c2": 64, "n": 2, "shortcut": True}


class C2f(nn.Module):
    """cv2([y0, y1, m0(y1), m1(m0(y1)), …]) where [y0, y1] = cv1(x): `b c1 h w -> b c2 h w`.

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
        self.cv2 = Conv((2 + n) * self.c, c2, 1)
        self.m = nn.ModuleList(Bottleneck(self.c, self.c, shortcut, g, e=1.0) for _ in range(n))

    def forward(self, x: Tensor) -> Tensor:
        stages = list(self.cv1(x).chunk(2, 1))
        for m in self.m:
            stages.append(m(stages[-1]))
        return self.cv2(torch.cat(stages, 1))
