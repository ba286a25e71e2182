"""Who changes the size of the map at a site, run by run: the donor by its stride, or an adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fusion_cli.fit.donors.placed import Placed
from fusion_cli.fit.need import Runs

_OTHER_SCALE = "it changes the size of the map by a number of its own"


@dataclass(frozen=True)
class Resize:
    """How the donor's map gets the size that it has behind the site.

    `stride` is what the donor is given, `down` the stride before it, `up` the factor behind it and
    `crop` the pixels at each border; `scale` is what the donor itself was seen to do.
    """

    scale: Fraction = Fraction(1)
    stride: Runs | None = None
    down: Runs | None = None
    up: Runs | None = None
    crop: int | None = None

    @property
    def is_adapted(self) -> bool:
        return (self.down, self.up, self.crop) != (None, None, None)


def resize(placed: Placed) -> Resize:
    """Who gives the map the size that it has behind the site.

    Raises:
        CannotFuse: neither the donor nor an adapter can.
    """
    scale, wanted = donor_scale(placed), placed.need.scales
    if 0 in wanted and scale == 1 and placed.need.crop:
        return Resize(crop=placed.need.crop)
    if 0 in wanted:
        raise placed.refusal("the site gives its map a shape of its own")
    left = [None if want is None else want / scale for want in wanted]
    strides = _strides(placed, left)
    if strides is not None:
        plain = scale == 1 and set(strides) <= {None, 1}
        return Resize(scale) if plain else Resize(scale, stride=strides)
    return _adapted(placed, scale, left)


def donor_scale(placed: Placed) -> Fraction:
    """Output over input pixels of the donor as it was observed."""
    scale = placed.contract.scale
    if scale is None or len(set(scale)) > 1:
        raise placed.refusal("it gives the map a shape of its own")
    if placed.contract.layout == "tokens" != placed.need.layout and set(scale) - {1}:
        raise placed.refusal("it gives another number of tokens, and their map is not known")
    return scale[0] if scale else Fraction(1)


def _strides(placed: Placed, left: Sequence[Fraction | None]) -> list[int | None] | None:
    """The stride with which the donor itself does what is left of the change, run by run.

    Its output was seen to shrink with the stride: one that enlarges the map may undo that so.
    """
    name = placed.roles.get("stride")
    if name is None:
        return None
    defaults = {parameter.name: parameter.default for parameter in placed.donor.parameters}
    seen = placed.donor.observation.base.args.get(name) or defaults.get(name) or ""
    if not seen.isdecimal():
        return None
    return _whole([None if rest is None else int(seen) / rest for rest in left])


def _adapted(placed: Placed, scale: Fraction, left: Sequence[Fraction | None]) -> Resize:
    """The adapters that do what the donor leaves of the change."""
    if scale != 1 and len(set(left) - {None}) > 1:
        raise placed.refusal(_OTHER_SCALE)
    up, down = _whole(left), _whole([None if rest is None else 1 / rest for rest in left])
    if up is not None and down is not None:
        return Resize(scale)
    if up is None and down is None:
        raise placed.refusal(_OTHER_SCALE)
    return Resize(scale, up=up, down=down)


def _whole(values: Sequence[Fraction | None]) -> list[int | None] | None:
    """The values as whole numbers, or None where some is none."""
    if any(value is not None and value.denominator != 1 for value in values):
        return None
    return [None if value is None else int(value) for value in values]
