"""What `fuse` is asked for.

A request is checked when it is made, so that the command line and a notebook refuse the same
things with the same words.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import math
import re
from dataclasses import dataclass

from fusion_cli.model.errors import (
    UnknownName,
    UsageError,
    did_you_mean,
)
from fusion_cli.model.levels import DEEP, LEVELS

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
