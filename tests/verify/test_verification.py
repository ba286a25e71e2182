"""The battery as the parent sees it: every check gets one row, whatever ends its process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion_cli.model.basics import JSON
from fusion_cli.model.requests import CheckRequest
from fusion_cli.runtime.jobs import verify
from fusion_cli.verify.verification import run_battery
from fusion_cli.worker.client import JobDied
from tests.fusing import HereWorker, fuse_here

CHECKS = ("parses", "forward", "finite")


class Dying:
    """A worker whose jobs die at one moment: the name of a check, `start` or `cost`."""

    def __init__(self, moment: str) -> None:
        self.moment = moment

    def submit(self, job: str, payload: JSON) -> Dying:
        self.checks: list[str] = payload["checks"]
        return self

    def result(self, hear: Callable[[JSON], None]) -> JSON:
        if self.moment == "start":
            raise JobDied("called os._exit(3)")
        for name in self.checks:
            hear({"check": name, "status": "started"})
            if name == self.moment:
                raise JobDied("called os._exit(3)")
            row = {"check": name, "status": "passed", "detail": "", "hint": "", "seconds": 0.0}
            hear(row)
        if self.moment == "cost":
            raise JobDied("called os._exit(3)")
        return {"cost": {"module": {"params": 1, "flops": 2}}}


@pytest.mark.parametrize(
    ("moment", "failed"),
    [("forward", ["forward"]), ("finite", ["finite"]), ("cost", []), ("start", list(CHECKS))],
)
def test_a_death_is_laid_to_the_check_that_ran(moment: str, failed: list[str]) -> None:
    report = run_battery(
        Dying(moment),  # type: ignore[arg-type]
        {},
        CHECKS,
        CheckRequest("x"),
        lambda stage: None,
    )
    assert [row.name for row in report.checks] == list(CHECKS)
    assert [row.name for row in report.checks if row.status == "failed"] == failed


def test_a_fused_class_that_does_not_run_is_a_rejection_without_a_cost() -> None:
    fuse_here("serial", "Bottleneck", "SE", dry_run=True, verify="quick")
    payload = HereWorker.verified
    text = payload["source"]["text"].replace("self.se(self.cv1(x))", "self.se(self.cv1(x), x)")
    assert text != payload["source"]["text"]
    rows: list[JSON] = []
    answer = verify(
        {**payload, "source": {**payload["source"], "text": text}, "checks": ["forward"]},
        rows.append,
    )
    assert answer["cost"] == {}
    assert rows[-1]["status"] == "failed"
