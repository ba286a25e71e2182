"""What lies between a donor and its site: all that an adapter is decided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from fusion_cli.model.contract import Layout

AXES: Mapping[Layout, str] = {"nchw": "b c h w", "nhwc": "b h w c", "tokens": "b n c"}


@dataclass(frozen=True)
class Layouts:
    """The donor's layout, the one in which it is adapted, and the site's."""

    donor: Layout = "nchw"
    work: Layout = "nchw"
    site: Layout = "nchw"


@dataclass(frozen=True)
class Widths:
    """Another number of channels: two expressions of the host's constructor."""

    given: str
    made: str


@dataclass(frozen=True)
class Gap:
    """A donor and its site, where they differ; sizes and channels are expressions as text.

    `gates`: the donor gives a gate where its product with the input is wanted. `grid`: it takes
    height and width beside the tokens, apart or as a pair. `multiple`: its height and width must be
    multiples of it; `whole`: those of all that changes the size in turn, and is to change it by
    `scale`. `down`, `up`, `crop`: how
    the map is made smaller for the donor, and larger or smaller behind it.
    """

    donor: str
    layouts: Layouts = Layouts()
    inputs: int = 1
    takes_list: bool = False
    gives_sequence: bool = False
    gates: bool = False
    bounded: bool = False
    grid: Literal["", "apart", "pair"] = ""
    multiple: int = 1
    whole: int = 1
    scale: Fraction = Fraction(1)
    before: Widths | None = None
    behind: Widths | None = None
    down: str | None = None
    up: str | None = None
    crop: int | None = None
