"""A map of any size for what takes multiples of a number."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def for_donor(gap: Gap) -> Glue | None:
    """Where the donor alone takes multiples, and keeps the size."""
    return _glue(gap, gap.multiple)


def for_all(gap: Gap) -> Glue | None:
    """Where what shrinks the map and enlarges it must come out at the size that the site gives."""
    times, stride = gap.scale.numerator, gap.scale.denominator
    scale = (f"times={times}",) if times > 1 else ()
    return _glue(gap, gap.whole, *scale, *((f"stride={stride}",) if stride > 1 else ()))


def _glue(gap: Gap, multiple: int, *scale: str) -> Glue | None:
    if multiple == 1:
        return None
    words = f"Padded: the map to multiples of {multiple} for {gap.donor}, cropped behind it"
    return Glue(words, around="Padded", arguments=(str(multiple), *scale))
