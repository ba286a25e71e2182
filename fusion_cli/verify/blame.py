"""Whose fault it is that a fused class fails a check: its parts are put to the same check alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fusion_cli.model.errors import FuseError, InternalFault
from fusion_cli.model.jobs import PLACED, Observed, ToPlace, ToVerify
from fusion_cli.model.levels import NEED_HOST
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.report import CheckResult, Report
from fusion_cli.model.requests import Verification
from fusion_cli.model.sources import ModuleSource
from fusion_cli.syntax.read import parse
from fusion_cli.verify.verification import run_battery
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session

Rows = Mapping[str, CheckResult]

_STANDS = ("failed", "allowed")


@dataclass(frozen=True)
class Suspect:
    """The host or a donor, and how it was observed."""

    role: Literal["host", "donor"]
    source: ModuleSource
    observation: Observation


def lay_blame(
    session: Session[Verification],
    report: Report,
    parts: Sequence[Suspect],
    fused: Observed,
    classes: Sequence[str],
) -> Report:
    """The report, whose failed rows tell which part fails the same check by itself.

    Args:
        parts: The host, then the donors; these are run as they are in the fused class, if it runs.
        fused: The class that was put to the checks.
        classes: What the donors' classes are called in its file.
    """
    names = [row.name for row in report.checks if row.status in _STANDS]
    alone = [name for name in names if name not in NEED_HOST]
    rows = []
    for part in _in_place(session.worker, parts, ToPlace(fused, tuple(classes))) if alone else ():
        session.on_stage(f"verifying: {part.source.name} alone")
        rows.append((part, _rows(session, part, alone)))
    blamed = (_blamed(row, rows) if row.name in names else row for row in report.checks)
    return replace(report, checks=tuple(blamed))


def _in_place(worker: Worker, parts: Sequence[Suspect], donors: ToPlace) -> list[Suspect]:
    """The parts, the donors with the arguments and shapes that they have in the fused class."""
    host, *others = parts
    try:
        runs = worker.submit(PLACED, donors).result().runs
    except InternalFault:
        raise
    except FuseError:  # the fused class does not even load: the donors are run as they were
        return list(parts)
    return [host, *(_run_as(donor, run) for donor, run in zip(others, runs, strict=True))]


def _run_as(donor: Suspect, run: Run | None) -> Suspect:
    seen = donor.observation
    if run is None or len(run.inputs) != len(seen.base.inputs):
        return donor
    return replace(donor, observation=replace(seen, runs=(run,)))


def _rows(session: Session[Verification], part: Suspect, checks: Sequence[str]) -> Rows:
    question = ToVerify(Observed(part.source.loadable, part.observation), tuple(checks))
    strictly = session.unheard().asking(replace(session.request, allow=()))
    report = run_battery(strictly, question)
    return {row.name: row for row in report.checks}


def _blamed(row: CheckResult, alone: Sequence[tuple[Suspect, Rows]]) -> CheckResult:
    """The row with its blame. Where the host fails by itself, no donor could have passed."""
    if row.name in NEED_HOST:
        return replace(row, blame="fusion")
    guilty = [(part, rows[row.name]) for part, rows in alone if rows[row.name].status == "failed"]
    if not guilty:
        return replace(row, blame="fusion", detail=f"{row.detail}; only the fusion fails it")
    reasons = (
        f"the {part.role} {part.source.name} alone fails it too ({_place(part, found)})"
        for part, found in guilty
    )
    return replace(row, blame=guilty[0][0].role, detail="; ".join([row.detail, *reasons]))


def _place(part: Suspect, row: CheckResult) -> str:
    """The line that a part's row names, or where its class begins: `akconv.py:41`."""
    path = part.source.path
    found = re.search(rf"{re.escape(str(path))}:(\d+)", row.detail)
    return f"{path.name}:{found[1] if found else _line_of(part.source)}"


def _line_of(source: ModuleSource) -> int:
    return next(
        (
            node.lineno
            for node in ast.walk(parse(source.text))
            if isinstance(node, ast.ClassDef) and node.name == source.name
        ),
        1,
    )
