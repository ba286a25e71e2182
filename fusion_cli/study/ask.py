"""Ask the worker about classes: what they take and give, and how a host's data flows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache

from fusion_cli.model import wire
from fusion_cli.model.basics import JSON, Arguments
from fusion_cli.model.flow import Flow
from fusion_cli.model.observation import Observation
from fusion_cli.model.sources import Evidence, ModuleSource, Parameter
from fusion_cli.resolve.evidence import bind, read_evidence
from fusion_cli.study.analyse import HostClass, analyse
from fusion_cli.study.candidates import candidates
from fusion_cli.study.inherit import with_inherited
from fusion_cli.study.views import DonorView, HostView
from fusion_cli.worker.client import Job, Worker


def observe(worker: Worker, source: ModuleSource, given: str | None, option: str) -> Job:
    """Start to observe a class."""
    return worker.submit("observe", _payload(source, given, option))


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
    payload = {
        **_payload(source, given, option),
        "condition": condition,
        "traced_text": host.traced_text,
        "candidates": {str(number): texts for number, texts in candidates(host).items()},
    }
    return HostStudy(whole, host, worker.submit("trace", payload))


class HostStudy:
    """A host that is being traced."""

    def __init__(self, source: ModuleSource, host: HostClass, job: Job) -> None:
        self._source, self._host, self._job = source, host, job
        self.signature = ""

    def view(self) -> HostView:
        """Wait for the record of the host's runs."""
        found = self._job.result()
        self.signature = found["signature"]
        return HostView(
            file=self._source,
            source=self._host,
            observation=wire.to_observation(found["observation"]),
            flows=tuple(Flow(one) for one in found["records"]),
            scopes=tuple(
                {int(number): values for number, values in one.items()} for one in found["scopes"]
            ),
            conditions=tuple(
                {int(number): value for number, value in one.items()} for one in found["conditions"]
            ),
            accepted=frozenset(found["accepted"]),
            attributes=frozenset(found["attributes"]),
        )


def donor_view(source: ModuleSource, found: JSON, given: str | None) -> DonorView:
    """A donor as it was observed. `given` is the user's text of its arguments."""
    observation: Observation = wire.to_observation(found["observation"])
    parameters = _evidence(source).parameters
    return DonorView(source, observation, parameters, _given(given, parameters))


def _given(text: str | None, parameters: Sequence[Parameter]) -> Arguments:
    if text is None:
        return {}
    call = ast.parse(f"donor({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return bind(call, parameters) or {}


@cache
def _evidence(source: ModuleSource) -> Evidence:
    return read_evidence(source.text, source.name)


def _payload(source: ModuleSource, given: str | None, option: str) -> JSON:
    return {
        "source": wire.from_source(source),
        "evidence": wire.from_evidence(_evidence(source)),
        "given": given,
        "option": option,
    }
