"""The parent's side of the battery: checks run in the worker, and what kills a job is a row too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fusion_cli.model.basics import Stage
from fusion_cli.model.jobs import VERIFY, CheckBegun, Machine, SlowForward, ToVerify
from fusion_cli.model.report import CheckResult, Cost, Report
from fusion_cli.model.requests import Verification
from fusion_cli.worker.client import JobDied
from fusion_cli.worker.session import Session


def run_battery(session: Session[Verification], question: ToVerify) -> Report:
    """Run the checks in order; one that ends its process fails, and the rest go on in a new one."""
    proof = session.request
    listener = _Listener(session.on_stage)
    question = replace(question, device=proof.device, demand_cuda=proof.require_cuda)
    costs: Mapping[str, Cost] = {}
    checks = waiting = question.checks
    while True:
        try:
            job = session.worker.submit(VERIFY, replace(question, checks=waiting))
            costs = job.result(listener.hear).costs
            break
        except JobDied as death:
            if not checks:
                raise
            left = listener.left_of(checks)
            if left:
                listener.rows.append(listener.row_of(death, left[0]))
            waiting = left[1:]
            if not waiting:
                break  # every check has its row; only what the module costs is not known
    return Report(
        device=listener.device,
        torch=listener.torch,
        checks=tuple(_allowed(row, proof) for row in listener.rows),
        cost=costs,
    )


def report_of_death(
    death: JobDied, check: str, checks: Sequence[str], proof: Verification, torch: str
) -> Report:
    """The report on a module that ended its process at what `check` is about: no other was run."""
    not_run = f"not run: the module could not be observed, see `{check}`"
    rows = [
        _row_of(death, name) if name == check else CheckResult(name, "skipped", not_run)
        for name in checks
    ]
    return Report("cpu", torch, tuple(_allowed(row, proof) for row in rows))


def _row_of(death: JobDied, check: str) -> CheckResult:
    return CheckResult(check, "failed", death.message, death.hint)


def _allowed(row: CheckResult, proof: Verification) -> CheckResult:
    accepted = row.status == "failed" or (row.status == "warned" and proof.strict)
    return replace(row, status="allowed") if accepted and row.name in proof.allow else row


class _Listener:
    """Gathers the rows of a battery as they come."""

    def __init__(self, on_stage: Stage) -> None:
        self._on_stage = on_stage
        self.rows: list[CheckResult] = []
        self.device = "cpu"
        self.torch = ""
        self._seconds: float | None = None  # that a slow forward took
        self._inside = False  # a slow forward

    def row_of(self, death: JobDied, check: str) -> CheckResult:
        """The row of the check that ran: what is only slow is no fault, what never returns is."""
        if death.was_late and self._seconds and not self._inside:
            detail = f"too slow ({self._seconds:.2g} s a forward)"
            return CheckResult(check, "skipped", detail, death.hint)
        return _row_of(death, check)

    def left_of(self, checks: Sequence[str]) -> tuple[str, ...]:
        """The checks that have no row yet; the first of them is the one that runs, or will."""
        done = {row.name for row in self.rows}
        return tuple(name for name in checks if name not in done)

    def hear(self, event: Machine | CheckBegun | SlowForward | CheckResult) -> None:
        if isinstance(event, Machine):
            self.device, self.torch = event.device, event.torch
        elif isinstance(event, SlowForward):
            self._inside = event.seconds is None
            self._seconds = event.seconds or self._seconds
        elif isinstance(event, CheckBegun):
            self._inside = False
            self._on_stage(f"verifying: {event.check}")
        else:
            self.rows.append(event)
