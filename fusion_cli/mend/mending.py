"""Mend a module by the repairs that are proven to help it, and by no other.

A repair is a rewriting of text, and may be wrong for a module. It is kept only if with it a check
passes that did not, no check that passed fails, and what the module computed, wherever it worked,
has not changed. Faults hide behind each other, and several behind one check: what does not help is
tried again after each repair that does, and in the end all that are left are tried together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from fusion_cli.mend.original import Original
from fusion_cli.mend.patch import confined
from fusion_cli.mend.reach import lines_apart, needed
from fusion_cli.mend.repairs import Repair, all_repairs
from fusion_cli.model.errors import (
    FuseError,
    InternalFault,
    MissingDevice,
    UsageError,
)
from fusion_cli.model.jobs import LIKENESS, Observed, Rewriting
from fusion_cli.model.outcomes import Mending, Tried
from fusion_cli.model.report import CheckResult
from fusion_cli.model.requests import Verification
from fusion_cli.model.sources import ModuleSource
from fusion_cli.resolve.references import holding
from fusion_cli.syntax.read import is_python
from fusion_cli.verify.examine import Examined, examine
from fusion_cli.worker.client import JobDied
from fusion_cli.worker.session import Session
from fusion_cli.write import diff, write_atomic

_GRAVITY = {"passed": 0, "skipped": 0, "warned": 1, "failed": 2, "allowed": 2}
_OF_VALUES = "aligned"  # the check that finds the values themselves wrong: mended, they change
_OF_GRADIENTS = "gradients"


@dataclass(frozen=True)
class Standing:
    """One text of a module's file, and how the module stands with it."""

    text: str
    source: ModuleSource
    found: Examined | FuseError

    @cached_property
    def rows(self) -> Mapping[str, CheckResult]:
        checks = self.found.report.checks if isinstance(self.found, Examined) else ()
        return {row.name: row for row in checks}

    @cached_property
    def faults(self) -> Mapping[str, int]:
        """What stands against the module, beginning with the name of a check, and how gravely."""
        found = {name: grave for name, row in self.rows.items() if (grave := _GRAVITY[row.status])}
        return found | {f"imports {name}": 1 for name in self.source.supplied}


@dataclass(frozen=True)
class Mended:
    """A module after its repairs: how it stands, and what was tried."""

    standing: Standing
    original: Original
    mending: Mending

    @property
    def found(self) -> Examined | FuseError:
        return self.standing.found

    @property
    def source(self) -> ModuleSource:
        """The class. Mended, it is no longer what its package or the zoo holds, and is carried."""
        source, names = self.standing.source, self.mending.kept
        return replace(source, origin="file", repairs=names) if names else source

    def write(self) -> bool:
        """Put the mended text in the place of the file; tell whether anything was to be written.

        Raises:
            CannotWrite: the file has changed meanwhile, or the system refuses.
        """
        new = self.original.holding(self.standing.text)
        return write_atomic(self.original.path, new, True, self.original.encoding)


def demand_own_file(source: ModuleSource) -> None:
    """Refuse to change what is installed.

    Raises:
        UsageError: the class belongs to a package or to the zoo.
    """
    if source.origin != "file":
        owner = source.module or source.path.name
        raise UsageError(
            f"--fix does not write into what is installed: {source.name} belongs to {owner}",
            "--diff shows what it would change; or mend a copy of the file",
        )


def mend(
    session: Session[Verification], module: ModuleSource, args: str | None, option: str
) -> Mended:
    """Try the repairs on a module; none, where nothing stands against it.

    `option` gave its `args`, or would give them.

    Raises:
        InternalFault, MissingDevice: what is not the module's fault.
        CannotWrite: the file would not be read as it was mended.
    """
    original = Original.open(module.path)
    bench = _Bench(session, module, args, option, original)
    current = bench.standing(original.text)
    while step := bench.step(current):
        current = step
    new = original.holding(current.text)
    mending = Mending(
        ref=module.ref,
        file=str(module.path),
        repairs=tuple(sorted(bench.tried.values(), key=lambda attempt: not attempt.kept)),
        diff=diff(module.path, new, original.encoding),
    )
    return Mended(current, original, mending)


@dataclass
class _Bench:
    """Where the texts of one module are tried."""

    session: Session[Verification]
    module: ModuleSource
    args: str | None
    option: str
    original: Original
    tried: dict[str, Tried] = field(default_factory=dict)
    _known: dict[str, Standing] = field(default_factory=dict)

    # ---- the search --------------------------------------------------------------------------

    def step(self, current: Standing) -> Standing | None:
        """The module with one more repair that helps, or with several that help together."""
        repairs = list(self._candidates(current))
        for repair in repairs:
            after = self._with([repair], current)
            objection = self._objection(current, after)
            self._note([repair], current, after, objection)
            if not objection:
                return after
        return self._together(repairs, current) if len(repairs) > 1 else None

    def _candidates(self, current: Standing) -> Iterator[Repair]:
        """The repairs that change the text and are for what stands against the module."""
        at_fault = {fault.partition(" ")[0] for fault in current.faults}
        for repair in all_repairs():
            wanted = isinstance(current.found, FuseError) or at_fault & set(repair.for_checks)
            if wanted and self._applied([repair], current.text) != current.text:
                yield repair

    def _together(self, repairs: Sequence[Repair], current: Standing) -> Standing | None:
        """The module with all repairs, or all but one, less those that nothing needs."""
        choices = [
            repairs,
            *([repair for repair in repairs if repair is not left] for left in repairs),
        ]
        for chosen in choices:
            after = self._with(chosen, current)
            if not self._objection(current, after):
                break
        else:
            return None
        for repair in chosen:
            rest = [kept for kept in chosen if kept is not repair]
            other = self._with(rest, current)
            if other.faults == after.faults and not self._objection(current, other):
                chosen, after = rest, other
        self._note(chosen, current, after, "")
        return after

    def _note(
        self, repairs: Sequence[Repair], before: Standing, after: Standing, objection: str
    ) -> None:
        """Remember how a try ended; what was kept once stays noted as kept."""
        for repair in repairs:
            if not (repair.name in self.tried and self.tried[repair.name].kept):
                reason = objection or f"mends {', '.join(_mended(before, after))}"
                self.tried[repair.name] = Tried(repair.name, repair.summary, not objection, reason)

    # ---- one text ----------------------------------------------------------------------------

    def _with(self, repairs: Sequence[Repair], current: Standing) -> Standing:
        self.session.on_stage(f"trying {', '.join(repair.name for repair in repairs)}")
        return self.standing(self._applied(repairs, current.text))

    def _applied(self, repairs: Sequence[Repair], text: str) -> str:
        """The text with the repairs; what the module does not need is left as it is."""
        for repair in repairs:
            apart = list(lines_apart(text, self._needed)) if self._needed else []
            new = confined(text, repair.apply(text), apart)
            text = new if is_python(new) else text
        return text

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The definitions in the file that the class is made of; none where that is not known."""
        try:
            return needed(self.module)
        except FuseError:
            return frozenset()

    def standing(self, text: str) -> Standing:
        if text not in self._known:
            source = holding(self.module, text, self.original.notes)
            self._known[text] = Standing(text, source, self._examined(source))
        return self._known[text]

    def _examined(self, source: ModuleSource) -> Examined | FuseError:
        try:
            return examine(self.session, source, self.args, self.option)
        except (InternalFault, MissingDevice):
            raise
        except FuseError as error:
            return error

    # ---- the judgement -----------------------------------------------------------------------

    def _objection(self, before: Standing, after: Standing) -> str:
        """Why a text is no better than the one before; empty if it is."""
        if isinstance(after.found, FuseError):
            return f"it cannot be run then: {after.found.message}"
        for name, row in after.rows.items():
            if name in before.rows and _is_worse(before.rows[name], row):
                return f"`{name}` is {row.status} then: {row.detail}"
        mended = _mended(before, after)
        if not mended:
            return "no check passes that did not before"
        return self._difference(before, after, mended)

    def _difference(self, before: Standing, after: Standing, mended: Sequence[str]) -> str:
        """What the module computed before and does not now, but for what was wrong."""
        if isinstance(before.found, FuseError):
            return ""
        original = Observed(before.source.loadable, before.found.observation)
        try:
            kept = self.session.worker.submit(
                LIKENESS, Rewriting(original, after.source.loadable)
            ).result()
        except JobDied:
            return ""  # the original does not work; that the other does, the battery has shown
        if kept.lost:
            return f"the state_dict then lacks {', '.join(kept.lost)}"
        if not kept.values and _OF_VALUES not in mended:
            return "the outputs are others then"
        if not kept.gradients and not {_OF_VALUES, _OF_GRADIENTS} & set(mended):
            return "the gradients are others then"
        return ""


def _is_worse(before: CheckResult, after: CheckResult) -> bool:
    """Whether a check says less for the module; one that was skipped had said nothing."""
    unknown = before.status == "passed" and after.status == "skipped"
    graver = before.status != "skipped" and _GRAVITY[after.status] > _GRAVITY[before.status]
    return unknown or graver


def _mended(before: Standing, after: Standing) -> list[str]:
    """The faults that are gone or less grave."""
    if isinstance(before.found, FuseError):
        return ["what kept it from running"]
    return [
        fault
        for fault, gravity in before.faults.items()
        if after.faults.get(fault, 0) < gravity
        and not (fault in after.rows and after.rows[fault].status == "skipped")
    ]
