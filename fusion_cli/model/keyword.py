"""A keyword argument that a fused class has beyond those of its host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Keyword:
    """One keyword argument as it is written."""

    name: str
    default: str
    annotation: str
