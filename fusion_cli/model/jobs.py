"""The jobs of the worker: what each is asked, what it answers, and what it tells on the way.

All of it are frozen values, which `codec` takes across the pipe. The function of a job runs in the
worker, in a process of the job's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from fusion_cli.model.basics import Arguments
from fusion_cli.model.facts import FusionFacts
from fusion_cli.model.flow import Flow
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.report import CheckResult, Cost
from fusion_cli.model.sources import Evidence, Loadable

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Event = TypeVar("Event")

Scope = Mapping[int, Mapping[str, int]]  # the values of expressions before each statement
Truth = Mapping[int, bool | str]  # a condition before each statement, or what it raised


Emit = Callable[[Event], None]  # hears each event of a job as it happens


@dataclass(frozen=True)
class Job(Generic[Question, Answer, Event]):
    """One kind of job. `run` is its function, `package.module:name`, of a question and an `Emit`."""

    run: str
    question: type[Question]
    answer: type[Answer]
    events: tuple[type[Event], ...] = ()


@dataclass(frozen=True)
class Observed:
    """A class to be loaded, and what it did when it was run."""

    source: Loadable
    observation: Observation


@dataclass(frozen=True)
class ToObserve:
    """A class, what its file tells of its arguments, and what the user has: by which `option`."""

    source: Loadable
    evidence: Evidence
    given: str | None
    option: str


@dataclass(frozen=True)
class Attempt:
    """What is about to be tried with these arguments: what the check of that name is about."""

    check: str
    args: Arguments
    torch: str


@dataclass(frozen=True)
class ToTrace:
    """A host to be observed, then run as a copy of its text that tells of its expressions."""

    host: ToObserve
    traced_text: str
    candidates: Mapping[int, tuple[str, ...]]  # expressions to evaluate before each statement
    condition: str | None


@dataclass(frozen=True)
class Traced:
    """A host as it ran: one flow, scope and truth of the condition, where there is one, for each run.

    Those of the observation come first, then the further ones, in which it was traced only.

    `accepted` are the parameters of its constructor, `attributes` the names that an instance has.
    """

    observation: Observation
    signature: str
    accepted: frozenset[str]
    attributes: frozenset[str]
    flows: tuple[Flow, ...]
    scopes: tuple[Scope, ...]
    conditions: tuple[Truth, ...]
    further: tuple[Run, ...]


@dataclass(frozen=True)
class PartOf:
    """A submodule of a class, by its path."""

    whole: Observed
    path: str


@dataclass(frozen=True)
class Construction:
    """The arguments that a part was built with; None where one of them cannot be written down."""

    args: Arguments | None


@dataclass(frozen=True)
class Fused:
    """The host of a fused class as it was read, and how it was fused."""

    host: Loadable
    facts: FusionFacts


@dataclass(frozen=True)
class ToVerify:
    """A class to be put to checks.

    Attributes:
        fused: What it was made of, where it was fused.
        supplied: Names that its file uses and never imports.
        written: Whether the file was written by `fuse`.
        demand_cuda: Whether a machine without CUDA is an error.
    """

    subject: Observed
    checks: tuple[str, ...]
    fused: Fused | None = None
    supplied: frozenset[str] = frozenset()
    written: bool = False
    device: str = "cpu"
    demand_cuda: bool = False


@dataclass(frozen=True)
class Machine:
    """Where the checks run."""

    device: str
    torch: str


@dataclass(frozen=True)
class CheckBegun:
    """A check that begins."""

    check: str


@dataclass(frozen=True)
class SlowForward:
    """A forward of a module that is slow: it begins (None), or has ended after so many seconds."""

    seconds: float | None


@dataclass(frozen=True)
class Costs:
    """What the classes cost, by their part in the fusion; nothing of those that do not run."""

    costs: Mapping[str, Cost]


@dataclass(frozen=True)
class Rewriting:
    """A class before and after a rewriting, and how it ran before."""

    before: Observed
    after: Loadable


@dataclass(frozen=True)
class Likeness:
    """Whether a rewriting kept outputs and gradients; `lost` are names that the state_dict held."""

    values: bool
    gradients: bool
    lost: tuple[str, ...]


@dataclass(frozen=True)
class ToPlace:
    """Classes by their names, which a written class builds and runs."""

    whole: Observed
    classes: tuple[str, ...]


@dataclass(frozen=True)
class PlacedRuns:
    """The run of the first instance of each class; None where there is none or it did not run."""

    runs: tuple[Run | None, ...]


_JOBS = "fusion_cli.runtime.jobs"

OBSERVE = Job(f"{_JOBS}:observe_class", ToObserve, Observation, (Attempt,))
TRACE: Job[ToTrace, Traced, None] = Job(f"{_JOBS}:trace", ToTrace, Traced)
CONSTRUCTION: Job[PartOf, Construction, None] = Job(f"{_JOBS}:construction", PartOf, Construction)
VERIFY: Job[ToVerify, Costs, Machine | CheckBegun | CheckResult | SlowForward] = Job(
    f"{_JOBS}:verify", ToVerify, Costs, (Machine, CheckBegun, CheckResult, SlowForward)
)
LIKENESS: Job[Rewriting, Likeness, None] = Job(
    "fusion_cli.runtime.alike:likeness", Rewriting, Likeness
)
PLACED: Job[ToPlace, PlacedRuns, None] = Job(
    "fusion_cli.runtime.donor_runs:donor_runs", ToPlace, PlacedRuns
)

ALL = (OBSERVE, TRACE, CONSTRUCTION, VERIFY, LIKENESS, PLACED)
