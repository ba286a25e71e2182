"""What `fuse` answers: a module that the battery rejects is an outcome, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.errors import (
    ExitCode,
    FuseError,
)
from fusion_cli.model.report import Report


@dataclass(frozen=True)
class ModuleUse:
    """A class that took part, with the constructor arguments it was run with."""

    ref: str
    name: str
    args: Arguments


@dataclass(frozen=True)
class SiteRow:
    """A site as it ran: the shapes of its inputs and outputs, one for each tensor.

    `name` is the class of the module at the site; `calls` is how often one forward calls it.
    """

    path: str
    contract: str
    input: tuple[Shape, ...]
    output: tuple[Shape, ...]
    name: str = ""
    calls: int = 1


@dataclass(frozen=True)
class Tried:
    """A repair that was tried. `reason`: what it mends, or why it was dropped."""

    name: str
    summary: str
    kept: bool
    reason: str


@dataclass(frozen=True)
class Mending:
    """The repairs that were tried on a module; `diff` is what those that were kept change."""

    ref: str
    file: str
    repairs: tuple[Tried, ...]
    diff: str
    written: bool = False

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(repair.name for repair in self.repairs if repair.kept)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the battery said of one class; `seconds` is the whole command's wall time.

    `notes` are remarks on how files were read and arguments found; `mended` is what was tried on the
    modules that were to be mended.
    """

    name: str
    report: Report
    strict: bool = False
    notes: tuple[str, ...] = ()
    mended: tuple[Mending, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether no check stands against the module."""
        return not self.report.rejected_by(self.strict)

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode.DONE if self.ok else ExitCode.REJECTED


@dataclass(frozen=True, kw_only=True)
class FuseOutcome(Verdict):
    """A fusion that was built and put to the battery.

    `file` is where `source` stands now, or would stand. `file_state` says which: `written` now,
    `unchanged` since it held the same bytes, `untouched` by a preview or a rejected module.
    `diff` is the unified difference from the file on disk, where it was asked for.
    """

    pattern: str
    host: ModuleUse
    donors: tuple[ModuleUse, ...]
    site: SiteRow
    file: str
    file_state: Literal["written", "unchanged", "untouched"]
    source: str
    adapters: tuple[str, ...] = ()
    diff: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecipeOutcome(FuseOutcome):
    """The last fusion of a recipe that was run, which is not its last where the battery rejects one.

    `steps` are all that were run, `count` is how many the recipe has.
    """

    steps: tuple[FuseOutcome, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class CheckOutcome(Verdict):
    """A module that was put to the battery as it is. `line` is where its class begins in `path`.

    `contract` is empty for one that ended its process before it could be observed.
    """

    ref: str
    args: Arguments
    contract: str
    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Missed:
    """One of several references that has no verdict: for an error, or, `skipped`, with the reason."""

    ref: str
    error: FuseError | None = None
    skipped: str = ""

    @property
    def exit_code(self) -> ExitCode:
        return self.error.exit_code if self.error else ExitCode.DONE


Checked: TypeAlias = CheckOutcome | Missed


@dataclass(frozen=True, kw_only=True)
class ShowOutcome:
    """What a module takes and gives, and the places in it where a donor can go."""

    ref: str
    name: str
    signature: str
    args: Arguments
    contract: str
    sites: tuple[SiteRow, ...]
    notes: tuple[str, ...] = ()
