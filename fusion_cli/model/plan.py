"""What a pattern's template sees of a plan, and what comes of it: all of it source text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SiteText:
    """The site, as a template sees it."""

    path: str
    init: str
    call: str
    arg: str
    in_channels: str
    out_channels: str
    share: str = ""  # the number of channels in a donor's share of what the site gives
    dim: int = 1  # where the channels stand
    rank: int = 4

    def pointwise(self, in_channels: str, out_channels: str) -> str:
        """The layer that mixes the channels at each place: a 1×1 convolution for maps."""
        if self.dim == 1:
            return f"nn.Conv{self.rank - 2}d({in_channels}, {out_channels}, 1)"
        return f"nn.Linear({in_channels}, {out_channels})"

    def channels(self, start: str, stop: str) -> str:
        """The index of some of the channels: `[:, start:stop]`."""
        return f"[{':' if self.dim == 1 else '...'}, {start}:{stop}]"


@dataclass(frozen=True)
class DonorText:
    """A donor, as a template sees it: the attribute that holds it and the expression that builds it."""

    name: str
    attr: str
    new: str
    bounded: bool = False  # it gives numbers between 0 and 1

    def gate(self, arg: str) -> str:
        """The donor's output for `arg` as numbers between 0 and 1."""
        call = f"self.{self.attr}({arg})"
        return call if self.bounded else f"torch.sigmoid({call})"


@dataclass(frozen=True)
class PatternContext:
    """What a template calls `plan`: its whole context."""

    site: SiteText
    donors: tuple[DonorText, ...]
    attrs: Mapping[str, str] = field(
        default_factory=dict
    )  # free attribute names, by what is asked for
    share: str = ""  # the attribute that holds the share of each donor, where there are shares
    zero: str = ""  # the attribute of a scale that starts at zero, where one is asked for

    def attr(self, name: str) -> str:
        """`name`, or the nearest attribute name that the host does not use."""
        return self.attrs.get(name, name)

    @property
    def scale(self) -> str:
        """What stands before all that the donors add: `self.scale * `, or nothing."""
        return f"self.{self.zero} * " if self.zero else ""

    @property
    def attributes(self) -> frozenset[str]:
        """The names of all that is added to the host."""
        names = {
            *self.attrs.values(),
            self.share,
            self.zero,
            *(donor.attr for donor in self.donors),
        }
        return frozenset(names - {""})


@dataclass(frozen=True)
class Rendered:
    """What a pattern's two blocks say, with the site's parts still under their stand-in names."""

    init: str
    call: str
