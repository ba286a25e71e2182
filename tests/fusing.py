"""Fusions inside the test's own process: the same stages as the command, without its worker."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic

from fusion_cli import pipeline
from fusion_cli.model.codec import from_json, to_json
from fusion_cli.model.facts import FusionFacts
from fusion_cli.model.jobs import OBSERVE, TRACE, Answer, Event, Job, Question, ToVerify
from fusion_cli.model.outcomes import FuseOutcome, Verdict
from fusion_cli.model.report import CheckResult
from fusion_cli.model.requests import FuseRequest
from fusion_cli.runtime.battery.registry import run_check
from fusion_cli.runtime.jobs import context_of
from fusion_cli.worker import child
from fusion_cli.worker.session import Session


@dataclass(frozen=True)
class _Here(Generic[Answer, Event]):
    job: Job[Any, Answer, Event]
    question: Any

    def result(self, on_event: Callable[[Event], None] = lambda event: None) -> Answer:
        answer = child.run_job(self.job.run, sent(self.question), on_event)  # type: ignore[arg-type]
        return from_json(self.job.answer, sent(answer))


def sent(value: object) -> Any:
    """A value as it comes out of the pipe."""
    return json.loads(json.dumps(to_json(value)))


class HereWorker:
    """Stands in for `worker.client.Worker`: a job runs when its result is asked for.

    `verified` is what the last battery was asked.
    """

    verified: ClassVar[ToVerify]

    def submit(self, job: Job[Question, Answer, Event], question: Question) -> _Here[Answer, Event]:
        if isinstance(question, ToVerify):
            HereWorker.verified = question
        return (_Remembered if job in (OBSERVE, TRACE) else _Here)(job, question)


class _Remembered(_Here[Answer, Event]):
    """Hosts and donors are run again and again in a matrix: once is enough."""

    def result(self, on_event: Callable[[Event], None] = lambda event: None) -> Answer:
        answer: Answer = _remembered(self.job, json.dumps(to_json(self.question)))
        return answer


@cache
def _remembered(job: Job[Any, Any, Any], question: str) -> Any:
    return _Here(job, from_json(job.question, json.loads(question))).result()


def fuse_here(pattern: str, host: str, *donors: str, **options: object) -> FuseOutcome:
    """`fusion_cli.fuse`, in this process."""
    request = FuseRequest(pattern, host, donors, **options)  # type: ignore[arg-type]
    return pipeline.fuse(Session(HereWorker(), request))  # type: ignore[arg-type]


def demand_ok(outcome: Verdict, strict: bool = False) -> None:
    """Nothing stands against the module; else the failure says which checks, and what they found."""
    __tracebackhide__ = True
    against = outcome.report.rejected_by(strict or outcome.strict)
    rows = [f"{row.name} {row.status}: {row.detail}" for row in against]
    assert not rows, "\n".join([f"{outcome.name} is rejected", *rows])


def row_of(check: str, question: ToVerify) -> CheckResult:
    """One row of the battery on a question of its own."""
    return run_check(context_of(question), check)


def rewritten(question: ToVerify, text: str) -> ToVerify:
    """The same question about another text of the fused class."""
    source = replace(question.subject.source, text=text)
    return replace(question, subject=replace(question.subject, source=source))


def facts_of(question: ToVerify) -> FusionFacts:
    """How the class was fused that is asked about."""
    assert question.fused is not None
    return question.fused.facts


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
