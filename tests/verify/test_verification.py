"""The battery as the parent sees it: every check gets one row, whatever ends its process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fusion_cli.model.contract import parse
from fusion_cli.model.jobs import CheckBegun, Costs, Observed, SlowForward, ToVerify
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.report import CheckResult, Cost
from fusion_cli.model.requests import CheckRequest
from fusion_cli.model.sources import Loadable
from fusion_cli.runtime.jobs import verify
from fusion_cli.verify.verification import run_battery
from fusion_cli.worker.client import JobDied
from fusion_cli.worker.session import Session
from tests.fusing import HereWorker, fuse_here, rewritten

SEEN = Observation("test", (Run({}, (), ()),), {}, parse("b c -> b c"))
CHECKS = ("parses", "forward", "finite")


class Dying:
    """A worker whose jobs die at one moment: the name of a check, `start` or `cost`."""

    def __init__(self, moment: str) -> None:
        self.moment = moment

    def submit(self, job: object, question: ToVerify) -> Dying:
        self.checks = question.checks
        return self

    def result(self, hear: Callable[[CheckBegun | CheckResult], None]) -> Costs:
        if self.moment == "start":
            raise JobDied("called os._exit(3)")
        for name in self.checks:
            hear(CheckBegun(name))
            if name == self.moment:
                raise JobDied("called os._exit(3)")
            hear(CheckResult(name, "passed"))
        if self.moment == "cost":
            raise JobDied("called os._exit(3)")
        return Costs({"module": Cost(1, 2)})


@pytest.mark.parametrize(
    ("moment", "failed"),
    [("forward", ["forward"]), ("finite", ["finite"]), ("cost", []), ("start", list(CHECKS))],
)
def test_a_death_is_laid_to_the_check_that_ran(moment: str, failed: list[str]) -> None:
    report = run_battery(
        Session(Dying(moment), CheckRequest("x")),  # type: ignore[arg-type]
        ToVerify(Observed(Loadable("Block", "", "block.py"), SEEN), CHECKS),
    )
    assert [row.name for row in report.checks] == list(CHECKS)
    assert [row.name for row in report.checks if row.status == "failed"] == failed


class Late:
    """A worker whose first job runs out of time, after forwards of 4 s or within one more."""

    def __init__(self, *forwards: float | None) -> None:
        self.forwards = forwards

    def submit(self, job: object, question: ToVerify) -> Late:
        return self

    def result(self, hear: Callable[[CheckBegun | SlowForward], None]) -> Costs:
        hear(CheckBegun("parses"))
        for seconds in self.forwards:
            hear(SlowForward(seconds))
        raise JobDied("ran longer than 60 s")


@pytest.mark.parametrize(
    ("forwards", "status", "detail"),
    [
        ((None, 4.0), "skipped", "too slow (4 s a forward)"),
        ((None, 4.0, None), "failed", "the module ran longer than 60 s"),
        ((), "failed", "the module ran longer than 60 s"),
    ],
    ids=["slow", "never returns", "quick before"],
)
def test_what_is_slow_is_skipped_and_what_never_returns_fails(
    forwards: tuple[float | None, ...], status: str, detail: str
) -> None:
    late: Any = Late(*forwards)
    question = ToVerify(Observed(Loadable("Block", "", "block.py"), SEEN), ("parses",))
    report = run_battery(Session(late, CheckRequest("x")), question)
    assert [(row.status, row.detail) for row in report.checks] == [(status, detail)]


def test_a_fused_class_that_does_not_run_is_a_rejection_without_a_cost() -> None:
    fuse_here("serial", "Bottleneck", "SE", dry_run=True, verify="quick")
    question = HereWorker.verified
    text = question.subject.source.text
    broken = text.replace("self.se(self.cv1(x))", "self.se(self.cv1(x), x)")
    assert text != broken
    rows: list[object] = []
    answer = verify(replace(rewritten(question, broken), checks=("forward",)), rows.append)
    assert answer.costs == {}
    assert isinstance(rows[-1], CheckResult) and rows[-1].status == "failed"
