"""The battery against planted defects and against clean modules with hard but sound traits.

A file of `tests/defects/<check>/` holds a class `Defect` with one fault and its sound twin
`Clean`; where the fault is one of the file itself, the twin is the file without the lines that end
in `# defect`. `FINDS` says "warned" where it is not "failed", `ALSO` which other checks see it too.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch

from fusion_cli.model.levels import FULL, NEED_HOST
from fusion_cli.model.report import CheckResult
from fusion_cli.runtime.battery.context import Context
from fusion_cli.runtime.battery.registry import run_check
from tests.conftest import TESTS
from tests.runtime.battery.planted import context_of, literals, timed

DEFECTS = TESTS / "defects"
ELSEWHERE = {"aligned", "process", "clean", "compiles", "exports", "onnx"}
PLANTED = sorted(path for path in DEFECTS.glob("*/*.py") if path.parent.name not in ELSEWHERE)
SOUND = sorted((DEFECTS / "clean").glob("*.py"))
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


def alarms(context: Context) -> dict[str, CheckResult]:
    """The rows of all checks that failed or warned."""
    rows = [run_check(context, name) for name in CHECKS]
    return {row.name: row for row in rows if row.status in ("failed", "warned")}


@pytest.mark.parametrize("path", timed(PLANTED), ids=name_of)
def test_defect_is_found_by_its_check_and_by_those_it_names(path: Path) -> None:
    """Without its own check a defect passes, but for the checks that the file lists as ALSO."""
    facts = literals(path.read_text(encoding="utf-8"))
    found = alarms(context_of(path, "Defect"))
    own = found.pop(path.parent.name)
    assert (own.status, bool(own.detail)) == (facts.get("FINDS", "failed"), True), own
    also = set(facts.get("ALSO", ()))
    # Where there is CUDA, what asks for it runs.
    assert set(found) == also or (torch.cuda.is_available() and set(found) < also)


@pytest.mark.parametrize("path", PLANTED, ids=name_of)
def test_twin_passes_every_check(path: Path) -> None:
    assert not alarms(twin(path))


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_no_alarm_on_sound_modules(path: Path) -> None:
    context = context_of(path, "Clean")
    rows = [run_check(context, name) for name in CHECKS]
    assert not [row for row in rows if row.status in ("failed", "warned")]
    assert {row.name for row in rows if row.status == "skipped"} <= {"aligned"}


def test_there_are_enough() -> None:
    assert len(PLANTED) >= 60
    assert len(SOUND) >= 25
