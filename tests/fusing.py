"""Fusions inside the test's own process: the same stages as the command, without its worker."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from fusion_cli import pipeline
from fusion_cli.model.basics import JSON
from fusion_cli.model.outcomes import FuseOutcome, Verdict
from fusion_cli.model.requests import FuseRequest
from fusion_cli.runtime.jobs import verify
from fusion_cli.worker import child


@dataclass(frozen=True)
class _Job:
    job: str
    payload: JSON

    def result(self, on_event: Callable[[JSON], None] | None = None) -> JSON:
        function = child.resolve(self.job)
        answer = function(json.loads(json.dumps(self.payload)), on_event or (lambda event: None))
        found: JSON = json.loads(json.dumps(answer))
        return found


class HereWorker:
    """Stands in for `worker.client.Worker`: a job runs when its result is asked for.

    `verified` is the payload of the last battery.
    """

    verified: ClassVar[JSON] = {}

    def submit(self, job: str, payload: JSON) -> _Job:
        if job == "verify":
            HereWorker.verified = payload
        if job in ("observe", "trace"):
            return _Remembered(job, payload)
        return _Job(job, payload)


class _Remembered(_Job):
    """Hosts and donors are run again and again in a matrix: once is enough."""

    def result(self, on_event: Callable[[JSON], None] | None = None) -> JSON:
        return _remembered(self.job, json.dumps(self.payload))


@cache
def _remembered(job: str, payload: str) -> JSON:
    return _Job(job, json.loads(payload)).result()


def fuse_here(pattern: str, host: str, *donors: str, **options: object) -> FuseOutcome:
    """`fusion_cli.fuse`, in this process."""
    request = FuseRequest(pattern, host, donors, **options)  # type: ignore[arg-type]
    return pipeline.fuse(request, HereWorker(), lambda stage: None)  # type: ignore[arg-type]


def demand_ok(outcome: Verdict, strict: bool = False) -> None:
    """Nothing stands against the module; else the failure says which checks, and what they found."""
    __tracebackhide__ = True
    against = outcome.report.rejected_by(strict or outcome.strict)
    rows = [f"{row.name} {row.status}: {row.detail}" for row in against]
    assert not rows, "\n".join([f"{outcome.name} is rejected", *rows])


def row_of(check: str, payload: JSON) -> JSON:
    """One row of the battery on a payload of its own."""
    rows: list[JSON] = []
    verify({**payload, "checks": [check], "cost": False}, rows.append)
    return rows[-1]


def request_of(words: str) -> dict[str, object]:
    """`replace Block SE --at conv1` as the arguments of `fuse_here`."""
    parts = shlex.split(words)
    options: dict[str, object] = {}
    names: list[str] = []
    while parts:
        word = parts.pop(0)
        if word.startswith("--"):
            options[word[2:].replace("-", "_")] = parts.pop(0)
        else:
            names.append(word)
    return {"pattern": names[0], "host": names[1], "donors": names[2:], "options": options}


def fused_class(outcome: FuseOutcome) -> str:
    """The source of the fused class alone, as it stands in the written file."""
    start = outcome.source.index(f"class {outcome.name}(")
    lines = outcome.source[:start].splitlines(keepends=True)
    while lines and lines[-1].startswith("@"):
        start -= len(lines.pop())
    return outcome.source[start:].split('\n\n\nif __name__ == "__main__":')[0].rstrip() + "\n"


CASES = Path(__file__).parent / "cases"
