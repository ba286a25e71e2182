"""The battery against planted defects and against clean modules with hard but sound traits.

A file of `tests/defects/<check>/` holds a class `Defect` with one fault and its sound twin
`Clean`; where the fault is one of the file itself, the twin is the file without the lines that end
in `# defect`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import context_of, literals

from fusion_cli.levels import FULL, NEED_HOST
from fusion_cli.runtime.battery.context import Context
from fusion_cli.runtime.battery.registry import run_check

ROOT = Path(__file__).parent.parent / "defects"
ELSEWHERE = {"aligned", "process", "clean", "compiles", "exports", "onnx"}
PLANTED = sorted(path for path in ROOT.glob("*/*.py") if path.parent.name not in ELSEWHERE)
SOUND = sorted((ROOT / "clean").glob("*.py"))
CHECKS = [name for name in FULL if name not in NEED_HOST]


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.fixture(autouse=True)
def left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Defects write files and print."""
    monkeypatch.chdir(tmp_path)


def twin(path: Path) -> Context:
    text = path.read_text(encoding="utf-8")
    if "# defect" not in text:
        return context_of(path, "Clean", without_defect(text))
    kept = [line for line in text.splitlines(keepends=True) if not line.endswith("# defect\n")]
    return context_of(path, "Defect", "".join(kept))


def without_defect(text: str) -> str:
    """The file with the lines of the class `Defect` left empty."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == "Defect":
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", PLANTED, ids=name_of)
def test_defect_is_found_by_its_check(path: Path) -> None:
    row = run_check(context_of(path, "Defect"), path.parent.name)
    expected = literals(path.read_text(encoding="utf-8")).get("FINDS", "failed")
    assert (row.status, bool(row.detail)) == (expected, True), row


@pytest.mark.parametrize("path", PLANTED, ids=name_of)
def test_twin_passes_that_check(path: Path) -> None:
    row = run_check(twin(path), path.parent.name)
    assert row.status == "passed", row


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_no_alarm_on_sound_modules(path: Path) -> None:
    context = context_of(path, "Clean")
    rows = [run_check(context, name) for name in CHECKS]
    assert not [row for row in rows if row.status in ("failed", "warned")]
    assert {row.name for row in rows if row.status == "skipped"} <= {"aligned"}


def test_there_are_enough() -> None:
    assert len(PLANTED) >= 60
    assert len(SOUND) >= 25
