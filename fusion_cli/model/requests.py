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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fusion_cli.model.errors import (
    UnknownName,
    UsageError,
    did_you_mean,
)
from fusion_cli.model.levels import DEEP, LEVELS
from fusion_cli.model.options import Option, declared

LAYOUTS = ("text", "github", "junit")
KINDS = ("hosts", "donors", "patterns")
TIMEOUT = 60.0  # s

_ARGS = Option(
    'constructor arguments as call text: "c1=64, c2=128"',
    metavar="ARGS",
    default="found by probing",
)
_Name = Annotated[str | None, Option("class name", metavar="NAME", default="Host_Donor")]
_Timeout = Annotated[
    float,
    Option(
        "the limit of building and observing a module, and of each check",
        metavar="SECONDS",
    ),
]
_Templates = Annotated[tuple[str, ...], Option("look for patterns here first", metavar="DIR")]
_CONDITION = 'a condition over the host\'s constructor, in one line: --when "c1 == c2"'


_EXPOSE = re.compile(r"(?:([0-9]+):)?(\w+)")


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


@dataclass(frozen=True)
class Request:
    """What all requests are: values of which those with `choices` are among them.

    Raises:
        UsageError: a value is not.
    """

    def __post_init__(self) -> None:
        for name, parameter in declared(type(self)).items():
            value = getattr(self, name)
            if parameter.option.choices and value is not None:
                _one_of(value, parameter.option.choices, parameter.flag)


@dataclass(frozen=True)
class FusionOptions(Request):
    """What is fused with what and how: all of it decides what is written.

    `host` and `donors` are references, arguments are Python call text.

    Raises:
        UsageError: an option that cannot be meant.
    """

    pattern: str
    host: str
    donors: tuple[str, ...]
    at: Annotated[
        str | None,
        Option(
            "where: cv1 | cv1..cv2 | block | m.*.cv1 | conv.0",
            metavar="SITE",
            default="the pattern's own rule",
        ),
    ] = None
    host_args: Annotated[str | None, _ARGS] = None
    donor_args: Annotated[
        tuple[str, ...],
        Option("the same, once per donor in order", metavar="ARGS", default="found by probing"),
    ] = ()
    name: _Name = None
    style: Annotated[
        str,
        Option(
            "carry every definition, or import what is importable",
            choices=("standalone", "import"),
        ),
    ] = "standalone"
    when: Annotated[
        str | None,
        Option(
            'fuse only where this holds in the host\'s constructor: "c1 == c2"',
            metavar="CONDITION",
            default="always",
        ),
    ] = None
    switch: Annotated[
        str | None,
        Option(
            "give the new class a keyword that turns the donors off",
            metavar="NAME",
            default="none",
        ),
    ] = None
    expose: Annotated[
        tuple[str, ...],
        Option(
            "make an argument of the donor (of the N-th) a keyword of the new class",
            metavar="[N:]ARG",
        ),
    ] = ()
    init: Annotated[
        str | None,
        Option(
            "start the donors' contribution at zero: with the host's weights it is the host",
            choices=("zero",),
            default="as the donors do",
        ),
    ] = None
    ratio: Annotated[
        float | None,
        Option(
            "the share of the site's channels for each donor, where a pattern splits them",
            metavar="R",
            default="even parts",
        ),
    ] = None
    no_adapt: Annotated[bool, Option("refuse a donor that does not fit without an adapter")] = False
    fix_donor: Annotated[bool, Option("fuse donors mended; their own files stay as they are")] = (
        False
    )
    drop_dead_args: Annotated[
        bool, Option("leave out those of the host's arguments that the fusion left without effect")
    ] = False
    templates: _Templates = ()

    def __post_init__(self) -> None:
        super().__post_init__()
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
        match = _EXPOSE.fullmatch(text)
        if not match or not match[2].isidentifier():
            raise UsageError(
                f"--expose: `{text}` names no argument",
                hint="an argument of the donor, with its donor's number where several have it: 2:k",
            )
        if match[1] and not 1 <= int(match[1]) <= len(self.donors):
            raise UsageError(
                f"--expose: `{text}` is of donor {match[1]}, and there are {len(self.donors)}"
            )


@dataclass(frozen=True, kw_only=True)
class Verification(Request):
    """How a module is to be verified.

    Raises:
        UsageError: a level, a device or a limit of time that does not exist, or CUDA demanded of
            the CPU.
        UnknownName: a check to allow that does not exist.
    """

    verify: Annotated[str, Option("how much of the battery to run", choices=tuple(LEVELS))] = "full"
    strict: Annotated[bool, Option("warnings reject too")] = False
    allow: Annotated[
        tuple[str, ...], Option("accept this failed check", metavar="CHECK", examples=DEEP)
    ] = ()
    device: Annotated[
        str,
        Option(
            "where the smoke test runs",
            metavar="auto|cpu|cuda[:N]",
            examples=("auto", "cpu", "cuda"),
        ),
    ] = "auto"
    require_cuda: Annotated[bool, Option("no CUDA is an error")] = False
    timeout: _Timeout = TIMEOUT

    def __post_init__(self) -> None:
        super().__post_init__()
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


@dataclass(frozen=True, kw_only=True)
class Destination(Request):
    """Where the new file goes, and whether it is only to be looked at."""

    output: Annotated[
        str, Option("a directory, or a file ending in .py", metavar="PATH", short="-o")
    ] = "generated"
    force: Annotated[bool, Option("overwrite a file that differs")] = False
    dry_run: Annotated[bool, Option("print the source and write nothing")] = False
    diff: Annotated[bool, Option("print the difference from the file and write nothing")] = False


# A dataclass has the fields of its last base first.
@dataclass(frozen=True, kw_only=True)
class FuseRequest(Destination, Verification, FusionOptions):
    """One fusion.

    Raises:
        UsageError: an option that cannot be meant.
    """

    save_recipe: Annotated[
        str | None, Option("also write this fusion as a recipe", metavar="FILE")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fix_donor:
            self._demand_checks("--fix-donor")

    def settings(self) -> Mapping[str, bool | float | str | tuple[str, ...]]:
        """The options that decide what is written, where they are not left at their defaults."""
        options = declared(FuseRequest)
        values = {name: getattr(self, name) for name in deciding()}
        return {name: value for name, value in values.items() if value != options[name].default}


def deciding() -> tuple[str, ...]:
    """The options that decide what is written; the file's header names the checks to allow."""
    return (*declared(FusionOptions), "allow")


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
class RecipeRequest(Destination, Verification):
    """The fusions in the TOML file `path`, all verified alike; the last is the one that is written."""

    path: str
    name: _Name = None


@dataclass(frozen=True)
class ModuleRequest(Request):
    """A module as it stands, built with `args`, which is Python call text."""

    ref: str
    args: Annotated[str | None, _ARGS] = None


@dataclass(frozen=True)
class CheckRequest(Verification, ModuleRequest):
    """One module to run the battery on.

    Raises:
        UsageError: an option that cannot be meant.
    """

    fix: Annotated[bool, Option("mend the file by the repairs that are proven to help")] = False
    diff: Annotated[bool, Option("show what --fix changes and write nothing")] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mends:
            self._demand_checks("--fix" if self.fix else "--diff")

    @property
    def mends(self) -> bool:
        """Whether repairs are tried: `diff` shows what `fix` would write."""
        return self.fix or self.diff


@dataclass(frozen=True)
class ShowRequest(ModuleRequest):
    """One module to describe.

    Raises:
        UsageError: a limit of time that cannot be meant.
    """

    timeout: _Timeout = TIMEOUT

    def __post_init__(self) -> None:
        super().__post_init__()
        _demand_seconds(self.timeout)


@dataclass(frozen=True)
class ListRequest(Request):
    """What to list: one kind, or all.

    Raises:
        UsageError: there is no such kind.
    """

    kind: str | None = None
    templates: _Templates = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind is not None and self.kind not in KINDS:
            raise UsageError(
                f"`{self.kind}` is nothing to list", hint=did_you_mean(self.kind, KINDS)
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        return KINDS if self.kind is None else (self.kind,)
