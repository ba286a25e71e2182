"""A pattern file, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

At = Literal["main_path", "convolution", "block", "join"]


@dataclass(frozen=True)
class Pattern:
    """One pattern file, loaded. `call` and `init` are the sources of its two blocks."""

    name: str
    path: Path
    summary: str
    donor: tuple[str, ...]  # what the n-th donor maps; the last stands for all that follow
    at: At
    guarantees: tuple[str, ...]
    source: str
    uses: frozenset[str] = frozenset()  # dotted names under `plan` that its blocks read
    ratio: float | None = None  # of the site's channels for each donor; None: they share evenly

    @property
    def splits(self) -> bool:
        """Whether donors map a share of the site's channels."""
        return any(flow.startswith("site.share") for flow in self.donor)

    @property
    def keeps_site(self) -> bool:
        """Whether the host's own site is still called in the fused block."""
        return "site.call" in self.uses
