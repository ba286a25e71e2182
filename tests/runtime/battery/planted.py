"""Builds the subject of a test from a file: no class is found, no argument guessed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from fusion_cli.model.contract import parse
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.battery.context import Context, call, tensors
from fusion_cli.runtime.global_state import watched
from fusion_cli.runtime.subject import Subject

MAP = "b c h w"
LONG = frozenset({"dropout_behind_scale"})  # takes half a minute


def timed(paths: Iterable[Path]) -> list[Any]:
    """Defects as parameters of a test, a slow one where the defect takes long."""
    return [pytest.param(one, marks=[pytest.mark.slow] * (one.stem in LONG)) for one in paths]


def context_of(path: Path, name: str, text: str | None = None) -> Context:
    """The context of class `name` in a file that says its EXAMPLE, INPUT and CONTRACT.

    What the file changes of the process is put back.
    """
    with watched():
        return _context_of(path, name, text)


def _context_of(path: Path, name: str, text: str | None) -> Context:
    text = path.read_text(encoding="utf-8") if text is None else text
    facts = literals(text)
    args = {key: repr(value) for key, value in facts.get("EXAMPLE", {}).items()}
    namespace = _namespace(text, path)
    contract = parse(facts.get("CONTRACT", f"{MAP} -> {MAP}"))
    shape = facts.get("INPUT", (2, 16, 12, 12))
    shapes = (shape,) if isinstance(shape[0], int) else tuple(shape)
    subject = Subject(
        cls=namespace[name],
        namespace=namespace,
        observation=Observation("test", (Run(args, shapes, ()),), facts.get("ROLES", {}), contract),
        text=text,
        path=str(path),
    )
    return Context(_observed(subject, args, shapes, facts))


def literals(text: str) -> dict[str, Any]:
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id
        in ("EXAMPLE", "VARIANT", "INPUT", "CONTRACT", "ROLES", "FINDS", "ALSO")
    }


def _namespace(text: str, path: Path) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": f"planted_{path.stem}", "__file__": str(path)}
    exec(compile(text, str(path), "exec"), namespace)
    return namespace


def _observed(
    subject: Subject, args: Mapping[str, str], shapes: tuple[Any, ...], facts: Mapping[str, Any]
) -> Subject:
    """The subject with the shapes of its runs, as far as it runs."""
    variants = [args]
    if "VARIANT" in facts:
        variants.append({**args, **{key: repr(value) for key, value in facts["VARIANT"].items()}})
    runs = tuple(Run(one, shapes, _outputs(subject, one)) for one in variants)
    seen = subject.observation
    observation = Observation(seen.source, runs, seen.roles, seen.contract)
    return Subject(subject.cls, subject.namespace, observation, subject.text, subject.path)


def _outputs(subject: Subject, args: Mapping[str, str]) -> tuple[tuple[int, ...], ...]:
    try:
        with torch.no_grad():
            output = tensors(call(subject.build(args).eval(), subject.inputs()))
    except Exception:
        return ()
    return tuple(tuple(one.shape) for one in output)
