"""A map of any size for what takes multiples of a number and keeps the size."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def for_donor(gap: Gap) -> Glue | None:
    """Where the donor alone takes multiples."""
    return _glue(gap, gap.multiple)


def for_all(gap: Gap) -> Glue | None:
    """Where what shrinks the map and enlarges it again has to meet the size that it had."""
    return _glue(gap, gap.whole)


def _glue(gap: Gap, multiple: int) -> Glue | None:
    if multiple == 1:
        return None
    words = f"Padded: the map to multiples of {multiple} for {gap.donor}, cropped behind it"
    return Glue(words, around="Padded", arguments=(str(multiple),))
