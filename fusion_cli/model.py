"""The data that flows through `fuse`: frozen, made once, and the same in both processes.

Constructor arguments are kept as source text by parameter name (`{"c1": "64", "act": "nn.SiLU()"}`):
text crosses the pipe to the worker, survives into the written file and means the same in all three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Arguments = Mapping[str, str]
JSON = dict[str, Any]
Stage = Callable[[str], None]  # is told the name of each stage of a command as it begins
Emit = Callable[[JSON], None]  # is told of each event of a job as it happens
Shape = tuple[int, ...]
Returns = Literal["tensor", "sequence", "other"]
At = Literal["main_path", "convolution", "block", "join"]
Status = Literal["passed", "failed", "allowed", "warned", "skipped"]
Blame = Literal["", "host", "donor", "fusion"]


@dataclass(frozen=True)
class ModuleSource:
    """One class that a reference named, and the file it stands in."""

    ref: str
    name: str
    text: str
    path: Path
    module: str | None = None  # dotted import name, where there is one
    origin: Literal["zoo", "file", "package"] = "file"
    notes: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()  # names that the file itself uses and never imports
    repairs: tuple[str, ...] = ()  # what was mended in `text`, which the file itself lacks


@dataclass(frozen=True)
class Parameter:
    """One constructor parameter as it is written."""

    name: str
    annotation: str | None = None
    default: str | None = None
    kind: Literal["positional", "keyword", "args", "kwargs"] = "positional"

    @property
    def required(self) -> bool:
        return self.default is None and self.kind in ("positional", "keyword")


@dataclass(frozen=True)
class Evidence:
    """What a file says about how its class is built and fed, read without running it."""

    parameters: tuple[Parameter, ...]
    calls: tuple[tuple[str, Arguments], ...] = ()  # (where it was found, arguments), best first
    inputs: tuple[Shape, ...] = ()  # shapes that the file's demo feeds, where they are literal


def arguments_text(args: Arguments) -> str:
    """Arguments as a call writes them: `c1=64, c2=128`, with what fills `*args` first."""
    starred = [f"*{args['*']}"] if "*" in args else []
    return ", ".join([*starred, *(f"{name}={text}" for name, text in args.items() if name != "*")])


def with_arguments(args: Arguments) -> str:
    """How a message begins that is about one configuration: `with c1=64, c2=128`."""
    return f"with {arguments_text(args) or 'its defaults'}"


@dataclass(frozen=True)
class Run:
    """One construction of a class and one forward of it."""

    args: Arguments
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


@dataclass(frozen=True)
class Observation:
    """A class as it behaved when it was run: `runs[0]` is the base run, the others vary it.

    `roles` names the constructor parameter that each role was proven to belong to: `in` (channels
    that the input must have), `out` (channels that the output has; absent where no parameter
    decides them), `stride`. `gate`: the output is to be multiplied with the input, as `b c 1 1` and
    `b 1 h w` are. `bounded`: it stays between 0 and 1, however large the input. Height and width must
    be multiples of `multiple`. `returns` says what the tensors come in: a tensor alone, a tuple or
    list that begins with one, or something else.
    """

    source: str  # where the arguments came from: `EXAMPLE`, `--host-args`, `the file's demo` …
    runs: tuple[Run, ...]
    roles: Mapping[str, str]
    contract: str
    gate: bool = False
    multiple: int = 1
    returns: Returns = "tensor"
    bounded: bool = False
    pointwise: bool = False  # what it makes of tokens, one by one, it makes of `b h w c` too
    notes: tuple[str, ...] = ()

    @property
    def base(self) -> Run:
        return self.runs[0]

    def remarks(self, name: str) -> tuple[str, ...]:
        """How the arguments of the class `name` were found, and what was noticed on the way."""
        call = f"{name}({arguments_text(self.base.args)})"
        return (f"{call}: arguments from {self.source}", *self.notes)


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


@dataclass(frozen=True)
class PlannedSite:
    """The site as a template sees it: all of it source text."""

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
class PlannedDonor:
    """A donor as a template sees it: the attribute that holds it and the expression that builds it."""

    name: str
    attr: str
    new: str
    bounded: bool = False  # it gives numbers between 0 and 1

    def gate(self, arg: str) -> str:
        """The donor's output for `arg` as numbers between 0 and 1."""
        call = f"self.{self.attr}({arg})"
        return call if self.bounded else f"torch.sigmoid({call})"


@dataclass(frozen=True)
class Plan:
    """One fusion, decided: the whole context of a template."""

    site: PlannedSite
    donors: tuple[PlannedDonor, ...]
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
