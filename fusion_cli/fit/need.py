"""What a site asks of a donor: shapes before and behind it, run by run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import Contract, Layout, channel

Runs = Sequence[int | None]  # a number for each run of the host, None where the site did not run


@dataclass(frozen=True)
class Need:
    """What a donor must map, run by run; None where the site did not run.

    `gate`: what it makes of the first is multiplied with the second. `inputs`: how many tensors of
    the first shape it is given.
    """

    shapes: tuple[tuple[Shape, Shape] | None, ...]
    contract: Contract
    axis: int
    gate: bool = False
    inputs: int = 1
    observed: int | None = None  # so many of the runs are no further ones

    @property
    def layout(self) -> Layout:
        """The layout by rank and axis of channels, known even where no run changed the map's size."""
        rank = next(len(pair[0]) for pair in self.shapes if pair)
        known: dict[tuple[int, int], Layout] = {
            (4, 1): "nchw",
            (4, 3): "nhwc",
            (3, 2): "tokens",
        }
        return known.get((rank, self.axis), "other")

    @property
    def keeps_layout(self) -> bool:
        """Whether the channels stand where they stood; assumed of nothing but numbers."""
        ends = self.contract.inputs[0], self.contract.outputs[0]
        places = [axes.index(width) for axes in ends if (width := channel(axes))]
        return len(ends[0]) == len(ends[1]) and set(places) <= {self.axis}

    def channels(self, end: int) -> Runs:
        return [None if pair is None else pair[end][self.axis] for pair in self.shapes]

    @property
    def scales(self) -> list[Fraction | None]:
        """Output over input pixels along each axis of space, run by run; 0 where the axes differ.

        A further run says nothing where its padding does not suit its kernel: 17 pixels of 16.
        """
        scales = [None if pair is None else scale(*pair, self.axis) for pair in self.shapes]
        first = scales[: self.observed]
        return [
            *first,
            *(number if _is_stride(number) else None for number in scales[len(first) :]),
        ]

    @property
    def crop(self) -> int | None:
        """How many pixels the site takes away at each border, as a convolution without padding does.

        None where they are not as many at all borders and in all runs.
        """
        gone = {
            before - after
            for given, made in filter(None, self.shapes)
            for index, (before, after) in enumerate(zip(given, made, strict=False))
            if index not in (0, self.axis)
        }
        taken = gone.pop() if len(gone) == 1 else 0
        return taken // 2 if taken > 0 and taken % 2 == 0 else None

    def cost(self, end: int) -> int:
        """How many numbers a donor would have to read at this end of the site."""
        return next(math.prod(pair[end]) for pair in self.shapes if pair)


def _is_stride(number: Fraction | None) -> bool:
    """Whether a map changes its size by a whole number, to the smaller or to the larger."""
    return bool(number) and 1 in number.as_integer_ratio()  # type: ignore[union-attr]


def scale(given: Shape, made: Shape, axis: int) -> Fraction:
    """Output over input pixels along each axis of space; 0 where the axes differ.

    A map that shrinks does so by a whole number, its last window perhaps beyond the border.
    """
    if len(given) != len(made):
        return Fraction(0)
    pairs = list(zip(given, made, strict=True))
    ratios = {
        _ratio(before, after)
        for index, (before, after) in enumerate(pairs)
        if index not in (0, axis) and before and after
    }
    return ratios.pop() if len(ratios) == 1 else Fraction(not ratios)


def _ratio(before: int, after: int) -> Fraction:
    step = -(-before // after)
    if before > after and -(-before // step) != after:
        return Fraction(0)
    return Fraction(1, step) if before > after else Fraction(after, before)
