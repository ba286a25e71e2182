"""`fuse check` on every planted defect as a person has it: arguments and contract are found, not said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_cli import pipeline
from fusion_cli.model.errors import FuseError
from fusion_cli.model.requests import CheckRequest
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session
from tests.conftest import TESTS
from tests.runtime.battery.planted import literals

DEFECTS = sorted((TESTS / "defects").glob("*/*.py"))
DEEP = ("compiles", "exports", "onnx")


def planted() -> list[object]:
    """Each file that holds a defect; a few of different kinds are no slow tests."""
    found = [path for path in DEFECTS if "class Defect" in path.read_text("utf-8")]
    quick = {"position_table", "missing_import", "width_before_height", "variant_raises"}
    return [
        pytest.param(
            path,
            id=f"{path.parent.name}-{path.stem}",
            marks=[] if path.stem in quick else [pytest.mark.slow],
        )
        for path in found
    ]


def sound() -> list[object]:
    """Each file that holds a sound module only."""
    return [
        pytest.param(
            path, id=path.stem, marks=[] if path.stem == "lazy_layers" else [pytest.mark.slow]
        )
        for path in DEFECTS
        if path.parent.name == "clean"
    ]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker.start(timeout=5) as started:
        yield started


def without_twin(path: Path) -> str:
    """The file without its sound class; what stays keeps its lines."""
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == "Clean":
            lines[node.lineno - 1 : node.end_lineno] = ["\n"] * (node.end_lineno or 0)
    return "".join(lines)


@pytest.mark.parametrize("path", planted())
def test_a_planted_defect_is_told(path: Path, worker: Worker, tmp_path: Path) -> None:
    """By its own check, by one that it says it fails too, or in the refusal to run what cannot run."""
    check = path.parent.name
    if check == "onnx":
        pytest.importorskip("onnxruntime", reason="needs onnxruntime (extra `onnx`)")
    file = tmp_path / f"{path.stem}.py"
    file.write_text(without_twin(path), encoding="utf-8")
    request = CheckRequest(f"{file}:Defect", verify="deep" if check in DEEP else "full")
    try:
        rows = pipeline.check(Session(worker, request)).report.checks
    except FuseError as error:
        assert f"{file.name}:" in f"{error.lines}"
    else:
        against = {row.name for row in rows if row.status in ("failed", "warned")}
        named = {check, *literals(path.read_text("utf-8")).get("ALSO", ())}
        assert against & named or (check == "process" and against), rows


@pytest.mark.parametrize("path", sound())
def test_a_sound_module_is_not_accused(path: Path, worker: Worker) -> None:
    rows = pipeline.check(
        Session(worker, CheckRequest(f"{path}:Clean", verify="full"))
    ).report.checks
    assert not [row for row in rows if row.status in ("failed", "warned")]
