"""The shared data as it crosses the pipe: plain JSON one way, frozen dataclasses the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from fusion_cli.model.basics import JSON, Shape
from fusion_cli.model.facts import Application, FusionFacts, HandedOn
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.report import CheckResult, Cost
from fusion_cli.model.sources import Evidence, ModuleSource, Parameter


def shapes(value: Iterable[Iterable[int]]) -> tuple[Shape, ...]:
    return tuple(tuple(one) for one in value)


def from_source(source: ModuleSource) -> JSON:
    """What the worker needs to load a class."""
    return {
        "name": source.name,
        "text": source.text,
        "path": str(source.path),
        "module": source.module,
        "folder": str(Path.cwd()) if source.origin == "file" else None,
    }


def from_observation(observation: Observation) -> JSON:
    return asdict(observation)


def to_run(value: JSON) -> Run:
    return Run(value["args"], shapes(value["inputs"]), shapes(value["outputs"]))


def to_observation(value: JSON) -> Observation:
    return Observation(
        source=value["source"],
        runs=tuple(to_run(one) for one in value["runs"]),
        roles=value["roles"],
        contract=value["contract"],
        gate=value["gate"],
        multiple=value["multiple"],
        returns=value["returns"],
        bounded=value["bounded"],
        pointwise=value["pointwise"],
        notes=tuple(value["notes"]),
    )


def from_evidence(evidence: Evidence) -> JSON:
    return asdict(evidence)


def to_evidence(value: JSON) -> Evidence:
    return Evidence(
        parameters=tuple(Parameter(**one) for one in value["parameters"]),
        calls=tuple((where, args) for where, args in value["calls"]),
        inputs=shapes(value["inputs"]),
    )


def to_facts(value: JSON) -> FusionFacts:
    application, maker = value["application"], value["application"]["maker"]
    return FusionFacts(
        application=Application(**{**application, "maker": tuple(maker) if maker else None}),
        guarantees=tuple(value["guarantees"]),
        added=tuple(value["added"]),
        gone=tuple(value["gone"]),
        active=tuple(value["active"]),
        keywords=tuple(value["keywords"]),
        exposed=tuple(HandedOn(**one) for one in value["exposed"]),
        when=value["when"],
        switch=value["switch"],
    )


def from_check(row: CheckResult) -> JSON:
    return {
        "check": row.name,
        "status": row.status,
        "detail": row.detail,
        "hint": row.hint,
        "seconds": row.seconds,
    }


def to_check(value: JSON) -> CheckResult:
    return CheckResult(
        value["check"], value["status"], value["detail"], value["hint"], value["seconds"]
    )


def to_cost(value: JSON) -> Cost:
    return Cost(value["params"], value["flops"])
