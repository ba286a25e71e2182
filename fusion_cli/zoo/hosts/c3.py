"""YOLOv5 block: bottlenecks beside a direct path (Wang et al., 2020, arXiv:1911.11929)."""

import torch
from torch import Tensor, nn

from .bottleneck import Bottleneck
from .conv import Conv

EXAMPLE = {"c1": 64, "c2": 64, "n": 2}


class C3(nn.Module):
    """cv3([m(cv1(x)), cv2(x)]), a cross stage partial block: `b c1 h w -> b c2 h w`.

    Args:
        c1: input channels.
        c2: output channels.
        n: number of bottlenecks.
        shortcut: whether the bottlenecks add their input.
        g: groups of the bottlenecks' second convolution.
        e: channels of each path as a share of c2.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        n: int = 1,
        shortcut: bool = True,
        g: int = 1,
        e: float = 0.5,
    ) -> None:
        super().__init__()
        c_ = int(c2 * e)  # channels of each path
        self.cv1 = Conv(c1, c_, 1, 1)
        self.cv2 = Conv(c1, c_, 1, 1)
        self.cv3 = Conv(2 * c_, c2, 1)
        self.m = nn.Sequential(
            *(Bottleneck(c_, c_, shortcut, g, k=(1, 3), e=1.0) for _ in range(n))
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))
