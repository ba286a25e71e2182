"""Random blocks whose map is known to be sound, and the same with one piece moved out of place.

A block is the text of a module from 16 to 16 channels, made of the layers below and of those of
`sound_maps`. Nothing in it is chosen for `aligned`: that is what makes the rates fair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.runtime.battery import sound_maps


class Block(nn.Module):
    """A module by the text that builds it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.body = eval(text, vars(sound_maps) | globals())

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.body(x)
        return result


class Sum(nn.Module):
    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([branch(x) for branch in self.branches]).sum(0)


class Product(Sum):
    """One branch, gated by the others."""

    def forward(self, x: Tensor) -> Tensor:
        first, *gates = (branch(x) for branch in self.branches)
        for gate in gates:
            first = first * gate.sigmoid()
        return first


class Concat(Sum):
    def __init__(self, *branches: nn.Module) -> None:
        super().__init__(*branches)
        self.mix = nn.Conv2d(16 * len(branches), 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(torch.cat([branch(x) for branch in self.branches], dim=1))


class Moved(nn.Module):
    """One of MOVES, by its name."""

    def __init__(self, name: str, *by: int) -> None:
        super().__init__()
        self.move, self.by = MOVES[name], by

    def forward(self, x: Tensor) -> Tensor:
        return self.move(x, *self.by)


def _shift(x: Tensor, down: int, right: int) -> Tensor:
    """Moved by padding on one side and cropping on the other."""
    reach = max(abs(down), abs(right))
    h, w = x.shape[2:]
    top, left = reach - down, reach - right
    return F.pad(x, (reach,) * 4)[:, :, top : top + h, left : left + w]


MOVES: dict[str, Callable[..., Tensor]] = {
    "flip rows": lambda x: x.flip(2),
    "flip columns": lambda x: x.flip(3),
    "turn by 180": lambda x: x.flip(2, 3),
    "shift": _shift,
    "roll": lambda x, down, right: x.roll((down, right), (2, 3)),
    "view as (w, h)": lambda x: x.reshape(*x.shape[:2], x.shape[3], x.shape[2]).mT,
    "transpose": lambda x: x.mT.reshape(x.shape),
    "channels last read as first": lambda x: x.permute(0, 2, 3, 1).reshape(x.shape),
    "channels first read as last": lambda x: x.reshape(len(x), -1, x.shape[1]).mT.reshape(x.shape),
}

DOWN = (
    "nn.Conv2d(16, 16, 3, 2, 1)",
    "nn.Conv2d(16, 16, 2, 2)",
    "nn.Conv2d(16, 16, 1, 2)",
    "nn.Conv2d(16, 16, 5, 2, 2, groups=16)",
    "nn.MaxPool2d(3, 2, 1)",
    "nn.AvgPool2d(2)",
    "nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(64, 16, 1))",
)
UP = (
    "nn.Upsample(scale_factor=2)",
    "nn.Upsample(scale_factor=2, mode='bilinear')",
    "nn.ConvTranspose2d(16, 16, 2, 2)",
    "nn.ConvTranspose2d(16, 16, 4, 2, 1)",
    "nn.Sequential(nn.Conv2d(16, 64, 1), nn.PixelShuffle(2))",
)
POINTWISE = ("nn.Conv2d(16, 16, 1)", "nn.BatchNorm2d(16)", "nn.GroupNorm(4, 16)", "nn.SiLU()")
POINTWISE += ("nn.ReLU()", "nn.Dropout2d(0.1)")
GATES = ("SE()", "CBAM()", "CoordinateGate()")
POOLS = ("nn.MaxPool2d(3, 1, 1)", "nn.AvgPool2d(3, 1, 1)")
WIDE = ("MapAttention()", "WindowAttention()", "WindowAttention(2)")


@dataclass
class Maker:
    """Writes random blocks from one generator."""

    random: Random

    def convolution(self, even: bool = True) -> str:
        size = self.random.choice((1, 3, 3, 3, 5, 7, 2, 4) if even else (1, 3, 3, 3, 5))
        if size % 2 == 0:
            return f"EvenKernel({size})"
        dilation = self.random.choice((1, 1, 1, 2, 3)) if size == 3 else 1
        kernel: int | tuple[int, int] = size
        if self.random.random() < 0.2:
            kernel = self.random.choice(((1, size), (size, 1)))
        groups = self.random.choice((1, 1, 16))
        return f"nn.Conv2d(16, 16, {kernel}, padding='same', dilation={dilation}, groups={groups})"

    def layer(self, even: bool = True) -> str:
        drawn = self.random.random()
        if drawn < 0.55:
            return self.convolution(even)
        kinds = (POINTWISE, GATES, POOLS, WIDE)
        return self.random.choice(self.random.choices(kinds, (6, 3, 1, 1))[0])

    def chain(self, first: str = "", moved: str = "") -> str:
        """A few layers in a row, at most one of even size: two that lean one way are a shift."""
        layers = [self.layer(even=not index and not moved) for index in range(self._few())]
        if moved:
            layers.insert(self.random.randrange(len(layers) + 1), moved)
        return f"nn.Sequential({', '.join([first] * bool(first) + layers)})"

    def _few(self) -> int:
        return self.random.choice((1, 2, 2, 3, 4))

    def sound(self) -> str:
        """A chain or branches, at full, half or double size."""
        kind = self.random.choice(("chain", "residual", "Sum", "Product", "Concat"))
        scale = self.random.choices(((), DOWN, UP), (3, 2, 1))[0]

        def branch() -> str:
            return self.chain(self.random.choice(scale) if scale else "")

        if kind == "chain":
            return branch()
        if kind == "residual":
            shortcut = self.random.choice(scale) if scale else "nn.Identity()"
            return f"Sum({shortcut}, {branch()})"
        return f"{kind}({branch()}, {branch()})"

    def misplaced(self, name: str, by: tuple[int, ...], where: str) -> str:
        """A block with one move in it: on the way of all, or in one of two branches."""
        moved = f"Moved({', '.join(map(repr, (name, *by)))})"
        wrong = self.chain(moved=moved)
        if where == "chain":
            return wrong
        return f"{where}({self.random.choice(('nn.Identity()', self.chain()))}, {wrong})"
