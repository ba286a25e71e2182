"""A pattern file, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

At = Literal["main_path", "convolution", "block", "join"]
_INPUT, _OUTPUT = 0, 1  # the ends of a site, by their place in the shapes of a run


class DonorMap(Enum):
    """What a donor maps, written as in a pattern file.

    `given` and `made` are the ends of the site whose shapes it takes and gives. `gate`: the pattern
    multiplies with what it gives. `share`: it maps a part of the site's channels. `join`: it takes
    both operands of an addition or concatenation.
    """

    INPUT_TO_OUTPUT = "site.input -> site.output", _INPUT, _OUTPUT
    INPUT_TO_INPUT = "site.input -> site.input", _INPUT, _INPUT
    INPUT_TO_GATE = "site.input -> gate", _INPUT, _OUTPUT, "gate"
    OUTPUT_TO_OUTPUT = "site.output -> site.output", _OUTPUT, _OUTPUT
    OUTPUT_TO_INPUT = "site.output -> site.input", _OUTPUT, _INPUT
    OUTPUT_TO_GATE = "site.output -> gate", _OUTPUT, _OUTPUT, "gate"
    SHARE_TO_SHARE = "site.share -> site.share", _OUTPUT, _OUTPUT, "share"
    INPUTS_TO_OUTPUT = "site.inputs -> site.output", _INPUT, _OUTPUT, "join"

    def __init__(self, text: str, given: int, made: int, kind: str = "") -> None:
        self.text, self.given, self.made = text, given, made
        self.gate, self.share, self.join = kind == "gate", kind == "share", kind == "join"


@dataclass(frozen=True)
class Pattern:
    """One pattern file, loaded. `call` and `init` are the sources of its two blocks."""

    name: str
    path: Path
    summary: str
    donor: tuple[DonorMap, ...]  # what the n-th donor maps; the last stands for all that follow
    at: At
    guarantees: tuple[str, ...]
    source: str
    uses: frozenset[str] = frozenset()  # dotted names under `plan` that its blocks read
    sentence: str = ""  # what the donors do, for the written file; the summary where there is none
    ratio: float | None = None  # of the site's channels for each donor; None: they share evenly

    @property
    def splits(self) -> bool:
        """Whether donors map a share of the site's channels."""
        return any(donor.share for donor in self.donor)

    def mapped_by(self, index: int) -> DonorMap:
        """What the donor of that number maps, counted from 0."""
        return self.donor[min(index, len(self.donor) - 1)]

    @property
    def keeps_site(self) -> bool:
        """Whether the host's own site is still called in the fused block."""
        return "site.call" in self.uses
