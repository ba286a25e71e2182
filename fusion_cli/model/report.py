"""What the battery found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["passed", "failed", "allowed", "warned", "skipped"]


Blame = Literal["", "host", "donor", "fusion"]


@dataclass(frozen=True)
class CheckResult:
    """One row of the battery. `blame`: which part of a fused module fails the check by itself."""

    name: str
    status: Status
    detail: str = ""
    hint: str = ""
    seconds: float = 0.0
    blame: Blame = ""


@dataclass(frozen=True)
class Cost:
    """Parameters, and floating point operations of one forward of the base run (batch 1)."""

    params: int
    flops: int


@dataclass(frozen=True)
class Report:
    """What the battery found."""

    device: str
    torch: str
    checks: tuple[CheckResult, ...]
    cost: Mapping[str, Cost] = field(default_factory=dict)

    def rejected_by(self, strict: bool) -> tuple[CheckResult, ...]:
        """The rows that stand against the module."""
        bad = ("failed", "warned") if strict else ("failed",)
        return tuple(row for row in self.checks if row.status in bad)
