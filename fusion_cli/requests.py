"""What `fuse` is asked for and what it answers: the values that commands and notebooks share.

A request is checked when it is made, so that the command line and a notebook refuse the same
things with the same words. A module that the battery rejects is an outcome, not an exception.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import math
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fusion_cli.errors import ExitCode, FuseError, UnknownName, UsageError, did_you_mean
from fusion_cli.levels import DEEP, LEVELS
from fusion_cli.model import Arguments, Report, Shape

STYLES = ("standalone", "import")
INITS = ("zero",)
LAYOUTS = ("text", "github", "junit")
KINDS = ("hosts", "donors", "patterns")
TIMEOUT = 60.0  # s
_CONDITION = 'a condition over the host\'s constructor, in one line: --when "c1 == c2"'
_EXPOSE = re.compile(r"(?:([0-9]+):)?(\w+)")
# The options that say how a fusion is run; all others decide what is written.
HOW = frozenset(
    (
        *("output", "verify", "strict", "device", "require_cuda", "timeout"),
        *("force", "dry_run", "diff", "save_recipe"),
    )
)
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def _one_of(value: str, known: tuple[str, ...], option: str) -> None:
    if value not in known:
        raise UsageError(f"`{value}` is no value of {option}", hint=did_you_mean(value, known))


def demand_layout(layout: str, as_json: bool, diff: bool) -> None:
    """Refuse a format of `fuse check` that does not exist, or that leaves other output no room.

    Raises:
        UsageError: it is none, or two things are to stand on standard output.
    """
    _one_of(layout, LAYOUTS, "--format")
    if layout != "text" and (as_json or diff):
        other = "--json" if as_json else "--diff"
        raise UsageError(f"--format {layout} contradicts {other}", hint="drop one of them")


def _demand_seconds(timeout: float) -> None:
    if not 0 < timeout < math.inf:
        raise UsageError(
            f"`{timeout:g}` is no value of --timeout", hint="a number of seconds above 0"
        )


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How a module is to be verified: the options that `fuse PATTERN` and `fuse check` share.

    Raises:
        UsageError: a level, a device or a limit of time that does not exist, or CUDA demanded of
            the CPU.
        UnknownName: a check to allow that does not exist.
    """

    verify: str = "full"
    strict: bool = False
    allow: tuple[str, ...] = ()
    device: str = "auto"
    require_cuda: bool = False
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        _one_of(self.verify, tuple(LEVELS), "--verify")
        for name in self.allow:
            if name not in DEEP:
                raise UnknownName(f"--allow: no check `{name}`", hint=did_you_mean(name, DEEP))
        if not _DEVICE.fullmatch(self.device):
            raise UsageError(
                f"`{self.device}` is no value of --device", hint="auto, cpu, cuda or cuda:N"
            )
        if self.require_cuda and self.device == "cpu":
            raise UsageError("--require-cuda contradicts --device cpu", hint="drop one of them")
        _demand_seconds(self.timeout)

    def _demand_checks(self, option: str) -> None:
        if self.verify == "off":
            raise UsageError(
                f"{option} contradicts --verify off: the checks tell what a repair is worth",
                hint="drop one of them",
            )


@dataclass(frozen=True)
class FuseRequest(Proof):
    """One fusion. `host` and `donors` are references, arguments are Python call text.

    Raises:
        UsageError: an option that cannot be meant.
    """

    pattern: str
    host: str
    donors: tuple[str, ...]
    at: str | None = None
    host_args: str | None = None
    donor_args: tuple[str, ...] = ()
    name: str | None = None
    output: str = "generated"
    style: str = "standalone"
    when: str | None = None
    switch: str | None = None
    expose: tuple[str, ...] = ()
    init: str | None = None
    ratio: float | None = None
    no_adapt: bool = False
    force: bool = False
    dry_run: bool = False
    diff: bool = False
    templates: tuple[str, ...] = ()
    fix_donor: bool = False
    save_recipe: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _one_of(self.style, STYLES, "--style")
        if self.fix_donor:
            self._demand_checks("--fix-donor")
        if self.init is not None:
            _one_of(self.init, INITS, "--init")
        if self.ratio is not None and not 0 < self.ratio < 1:
            raise UsageError(f"--ratio {self.ratio:g} is not between 0 and 1", hint="as in 0.25")
        if not self.donors:
            raise UsageError("a donor is missing", hint=f"fuse {self.pattern} {self.host} DONOR")
        if len(self.donor_args) > len(self.donors):
            raise UsageError(
                f"--donor-args was given {len(self.donor_args)} times"
                f" for {len(self.donors)} donor(s)",
                hint="give it once per donor, in their order",
            )
        if self.when is not None:
            _demand_condition(self.when)
        if self.switch is not None and not _is_name(self.switch):
            raise UsageError(
                f"--switch: `{self.switch}` cannot name an argument",
                hint="letters, digits and underscores, not beginning with a digit, no keyword",
            )
        for text in self.expose:
            self._demand_exposable(text)
        if self.name is not None and not _is_class_name(self.name):
            raise UsageError(
                f"--name: `{self.name}` cannot name a class",
                hint="letters, digits and underscores, not beginning with a digit,"
                " no keyword and no name that Python defines",
            )

    def _demand_exposable(self, text: str) -> None:
        found = _EXPOSE.fullmatch(text)
        if not found or not found[2].isidentifier():
            raise UsageError(
                f"--expose: `{text}` names no argument",
                hint="an argument of the donor, with its donor's number where several have it: 2:k",
            )
        if found[1] and not 1 <= int(found[1]) <= len(self.donors):
            raise UsageError(
                f"--expose: `{text}` is of donor {found[1]}, and there are {len(self.donors)}"
            )


def _is_class_name(name: str) -> bool:
    return _is_name(name) and not hasattr(builtins, name)


def _is_name(name: str) -> bool:
    return name.isidentifier() and bool(name.strip("_")) and not keyword.iskeyword(name)


def _demand_condition(text: str) -> None:
    """Refuse what is no expression of Python in one line, or does more than to look."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise UsageError(f"--when: `{text}` is not Python: {reason}", hint=_CONDITION) from None
    doing = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
    if "\n" in text.strip() or any(isinstance(node, doing) for node in ast.walk(tree)):
        raise UsageError(f"--when: `{text}` is no plain condition", hint=_CONDITION)


@dataclass(frozen=True)
class RecipeRequest(Proof):
    """The fusions in the TOML file `path`; the options but for those of `Proof` are the last one's."""

    path: str
    name: str | None = None
    output: str = FuseRequest.output
    force: bool = False
    dry_run: bool = False
    diff: bool = False


@dataclass(frozen=True)
class CheckRequest(Proof):
    """One module to run the battery on; `args` is Python call text.

    Raises:
        UsageError: an option that cannot be meant.
    """

    ref: str
    args: str | None = None
    fix: bool = False
    diff: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mends:
            self._demand_checks("--fix" if self.fix else "--diff")

    @property
    def mends(self) -> bool:
        """Whether repairs are tried: `diff` shows what `fix` would write."""
        return self.fix or self.diff


@dataclass(frozen=True)
class ShowRequest:
    """One module to describe; `args` is Python call text.

    Raises:
        UsageError: a limit of time that cannot be meant.
    """

    ref: str
    args: str | None = None
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        _demand_seconds(self.timeout)


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
        return tuple(one.name for one in self.repairs if one.kept)


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
