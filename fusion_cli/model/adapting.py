"""What a fusion may do to make a donor fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Adapting:
    """Whether adapters may be used, and what their classes are called in the written file."""

    allowed: bool = True
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, cls: str) -> str:
        return self.names.get(cls, cls)
