"""Ask the worker about classes: what they take and give, and how a host's data flows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache

from fusion_cli.model.basics import Arguments
from fusion_cli.model.jobs import OBSERVE, TRACE, Attempt, ToObserve, ToTrace, Traced
from fusion_cli.model.observation import Observation
from fusion_cli.model.sources import Evidence, ModuleSource, Parameter
from fusion_cli.resolve.evidence import bind, read_evidence
from fusion_cli.study.analyse import HostClass, analyse
from fusion_cli.study.candidates import candidates
from fusion_cli.study.inherit import with_inherited
from fusion_cli.study.views import DonorView, HostView
from fusion_cli.worker.client import Pending, Worker


def observe(
    worker: Worker, source: ModuleSource, given: str | None, option: str
) -> Pending[Observation, Attempt]:
    """Start to observe a class."""
    return worker.submit(OBSERVE, _question(source, given, option))


def trace(
    worker: Worker,
    source: ModuleSource,
    given: str | None,
    option: str,
    condition: str | None = None,
) -> HostStudy:
    """Start to trace a host, whose text is given the methods that it inherits."""
    whole, inherited = with_inherited(source)
    host = analyse(whole.text, source.name, inherited)
    question = ToTrace(
        host=_question(source, given, option),
        traced_text=host.traced_text,
        candidates={number: tuple(texts) for number, texts in candidates(host).items()},
        condition=condition,
    )
    return HostStudy(whole, host, worker.submit(TRACE, question))


class HostStudy:
    """A host that is being traced."""

    def __init__(self, source: ModuleSource, host: HostClass, job: Pending[Traced, None]) -> None:
        self._source, self._host, self._job = source, host, job
        self.signature = ""

    def view(self) -> HostView:
        """Wait for the record of the host's runs."""
        traced = self._job.result()
        self.signature = traced.signature
        return HostView(
            file=self._source,
            source=self._host,
            observation=traced.observation,
            flows=traced.flows,
            scopes=traced.scopes,
            conditions=traced.conditions,
            accepted=traced.accepted,
            attributes=traced.attributes,
            further=traced.further,
        )


def donor_view(source: ModuleSource, seen: Observation, given: str | None) -> DonorView:
    """A donor as it was observed. `given` is the user's text of its arguments."""
    parameters = _evidence(source).parameters
    return DonorView(source, seen, parameters, _given(given, parameters))


def _given(text: str | None, parameters: Sequence[Parameter]) -> Arguments:
    if text is None:
        return {}
    call = ast.parse(f"donor({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return bind(call, parameters) or {}


@cache
def _evidence(source: ModuleSource) -> Evidence:
    return read_evidence(source.text, source.name)


def _question(source: ModuleSource, given: str | None, option: str) -> ToObserve:
    return ToObserve(source.loadable, _evidence(source), given, option)
