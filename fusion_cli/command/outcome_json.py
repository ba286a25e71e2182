"""Outcomes as JSON for scripts (`"schema": 1`)."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from fusion_cli.command.outcome_text import Listing, rejection
from fusion_cli.model.basics import JSON, Arguments, Shape
from fusion_cli.model.errors import ExitCode, FuseError
from fusion_cli.model.outcomes import (
    CheckOutcome,
    FuseOutcome,
    Mending,
    ModuleUse,
    RecipeOutcome,
    ShowOutcome,
    SiteRow,
    Verdict,
)
from fusion_cli.model.report import CheckResult, Report

Command = Literal["fuse", "recipe", "check", "show", "list"]

SCHEMA = 1
_FUSE = (
    "pattern host donors site adapters class device torch checks cost file file_state"
    " source diff mended notes seconds"
)
_KEYS: Mapping[Command, str] = {
    "fuse": _FUSE,
    "recipe": f"{_FUSE} steps",
    "check": "ref path line args contract class device torch checks cost mended notes skipped seconds",
    "show": "ref class signature args contract sites notes",
    "list": "hosts donors patterns",
}
_LISTS = ("donors", "adapters", "checks", "mended", "notes", "sites", "hosts", "patterns", "steps")


def error_json(command: Command, error: FuseError | None) -> JSON:
    """The object of a command that ended before it had an outcome: every key is there."""
    keys = _KEYS[command].split()
    return {**_head(error), **{key: [] if key in _LISTS else None for key in keys}}


def fuse_json(outcome: FuseOutcome) -> JSON:
    return {**_head(rejection(outcome)), **_fusion_json(outcome)}


def recipe_json(outcome: RecipeOutcome) -> JSON:
    """The object of the last fusion that was run, and `steps` with those of all."""
    return {**fuse_json(outcome), "steps": [_fusion_json(step) for step in outcome.steps]}


def _fusion_json(outcome: FuseOutcome) -> JSON:
    return {
        "pattern": outcome.pattern,
        "host": _use_json(outcome.host),
        "donors": [_use_json(donor) for donor in outcome.donors],
        "site": {
            "path": outcome.site.path,
            "contract": outcome.site.contract,
            "input": _shapes_json(outcome.site.input),
            "output": _shapes_json(outcome.site.output),
        },
        "adapters": list(outcome.adapters),
        "class": outcome.name,
        **_report_json(outcome.report),
        "file": outcome.file,
        "file_state": outcome.file_state,
        "source": outcome.source,
        "diff": outcome.diff,
        **_end_json(outcome),
    }


def check_json(outcome: CheckOutcome) -> JSON:
    return {
        **_head(rejection(outcome)),
        "ref": outcome.ref,
        "path": outcome.path,
        "line": outcome.line,
        "args": _args_json(outcome.args),
        "contract": outcome.contract or None,
        "class": outcome.name,
        **_report_json(outcome.report),
        "skipped": None,
        **_end_json(outcome),
    }


def show_json(outcome: ShowOutcome) -> JSON:
    return {
        **_head(None),
        "ref": outcome.ref,
        "class": outcome.name,
        "signature": outcome.signature,
        "args": _args_json(outcome.args),
        "contract": outcome.contract,
        "sites": [_site_json(site) for site in outcome.sites],
        "notes": list(outcome.notes),
    }


def list_json(listing: Listing) -> JSON:
    """Of a listing of one kind only that kind's key."""
    kinds = {
        kind: [{"name": name, "summary": summary} for name, summary in entries]
        for kind, entries in listing.items()
    }
    return {**_head(None), **kinds}


def _head(error: FuseError | None) -> JSON:
    if error is None:
        return {"schema": SCHEMA, "ok": True, "exit": int(ExitCode.DONE), "error": None}
    details = {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "lines": error.lines,
    }
    return {"schema": SCHEMA, "ok": False, "exit": int(error.exit_code), "error": details}


def _end_json(outcome: Verdict) -> JSON:
    """What every verdict ends with."""
    return {
        "mended": [_mending_json(mending) for mending in outcome.mended],
        "notes": list(outcome.notes),
        "seconds": round(outcome.seconds, 3),
    }


def _use_json(use: ModuleUse) -> JSON:
    return {"ref": use.ref, "class": use.name, "args": _args_json(use.args)}


def _args_json(args: Arguments) -> JSON:
    return {name: _value_json(text) for name, text in args.items()}


def _value_json(text: str) -> Any:
    """A literal as the JSON value it means, an expression such as `nn.SiLU()` as its text."""
    try:
        return json.loads(json.dumps(ast.literal_eval(text), allow_nan=False))
    except (ValueError, SyntaxError, TypeError):
        return text


def _site_json(site: SiteRow) -> JSON:
    return {
        "path": site.path,
        "class": site.name,
        "contract": site.contract,
        "input": _shapes_json(site.input),
        "output": _shapes_json(site.output),
        "calls": site.calls,
    }


def _shapes_json(shapes: tuple[Shape, ...]) -> list[list[int]]:
    return [list(shape) for shape in shapes]


def _report_json(report: Report) -> JSON:
    return {
        "device": report.device,
        "torch": report.torch,
        "checks": [_check_json(row) for row in report.checks],
        "cost": {
            name: {"params": cost.params, "flops": cost.flops} for name, cost in report.cost.items()
        },
    }


def _mending_json(mending: Mending) -> JSON:
    return {**asdict(mending), "repairs": [asdict(repair) for repair in mending.repairs]}


def _check_json(row: CheckResult) -> JSON:
    return {
        "name": row.name,
        "status": row.status,
        "detail": row.detail,
        "hint": row.hint,
        "blame": row.blame or None,
        "seconds": round(row.seconds, 4),
    }
