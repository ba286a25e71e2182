"""What is left between a donor and its site once everything is decided: what adapters are for."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from fusion_cli.fit.adapters.gap import Gap, Layouts, Widths
from fusion_cli.fit.donors.channels import Channels
from fusion_cli.fit.donors.placed import Placed, Prove
from fusion_cli.fit.donors.size import Resize
from fusion_cli.fit.need import Runs
from fusion_cli.model.contract import Axis, channel


def between(placed: Placed, layouts: Layouts, widths: Channels, size: Resize, prove: Prove) -> Gap:
    """The gap, its numbers as expressions of the host.

    Raises:
        CannotFuse: the channels are not adapted there, or the host has no expression for a number.
    """
    _demand_adaptable(placed, layouts, widths)
    seen = placed.donor.observation
    multiple = seen.multiple if layouts.work == "nchw" else 1
    return Gap(
        donor=placed.donor.source.name,
        layouts=layouts,
        inputs=placed.need.inputs,
        takes_list=placed.contract.packing == "list",
        gives_sequence=seen.returns == "sequence",
        gates=seen.gate and not placed.need.gate,
        bounded=seen.bounded,
        grid=_grid(placed),
        multiple=multiple if size.scale == 1 and size.stride is None else 1,
        whole=_whole(placed, widths, size, multiple),
        scale=_scale(placed),
        before=_before(placed, widths, prove),
        behind=_behind(placed, widths, prove),
        down=_times(size, size.down, prove),
        up=_times(size, size.up, prove),
        crop=size.crop,
    )


def _demand_adaptable(placed: Placed, layouts: Layouts, widths: Channels) -> None:
    """Refuse to change channels where there is no layer for it."""
    lead, tail = widths.takes != widths.before, widths.gives != widths.after
    if lead and placed.need.inputs > 1:
        raise placed.refusal("the channels of its two inputs are not adapted")
    if layouts.work == "other" and (lead or tail):
        raise placed.refusal("its channels cannot be adapted in this layout")


def _grid(placed: Placed) -> Literal["", "apart", "pair"]:
    if not placed.takes_grid:
        return ""
    return "pair" if placed.contract.packing == "pair" else "apart"


def _whole(placed: Placed, widths: Channels, size: Resize, multiple: int) -> int:
    """What the map must be a multiple of so that all changes of its size come out even.

    A donor that alone changes the size as the site does is trusted to round as the site does.
    """
    alone = not size.is_adapted and multiple == 1
    if size.scale == 1 or size.stride is not None or alone:
        return 1
    even = math.lcm(multiple, size.scale.denominator)
    if size.down is None:
        return even
    behind = widths.takes == widths.before and widths.gives != widths.after
    stride = next(factor for factor in size.down if factor is not None)
    return math.lcm(even, _scale(placed).denominator) if behind else even * stride


def _scale(placed: Placed) -> Fraction:
    """Output over input pixels of the site, as far as a donor with a scale is adapted to it."""
    return next(scale for scale in placed.need.scales if scale is not None)


def _before(placed: Placed, widths: Channels, prove: Prove) -> Widths | None:
    if widths.takes == widths.before:
        return None
    made = _width(channel(placed.contract.inputs[0]), widths.takes, "out", prove)
    return Widths(prove(widths.before, "in"), made)


def _behind(placed: Placed, widths: Channels, prove: Prove) -> Widths | None:
    if widths.gives == widths.after:
        return None
    given = _width(channel(placed.contract.outputs[0]), widths.gives, "in", prove)
    return Widths(given, prove(widths.after, "out"))


def _width(width: Axis | None, wanted: Runs, role: str, prove: Prove) -> str:
    """A number of channels as text: a constant of the donor, else an expression of the host."""
    return str(width) if width is not None and not width.names else prove(wanted, role)


def _times(size: Resize, wanted: Runs | None, prove: Prove) -> str | None:
    """The factor by which the map is made smaller or larger, likewise."""
    if wanted is None:
        return None
    constant = next(factor for factor in wanted if factor is not None)
    return str(constant) if size.scale != 1 else prove(wanted, "stride")
