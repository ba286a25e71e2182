"""The checks of `--verify deep` against their planted defects; each takes seconds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from fusion_cli.runtime.battery.checks.exports import exported
from fusion_cli.runtime.battery.checks.onnx import NEEDED, operator_line
from fusion_cli.runtime.battery.registry import run_check
from tests.conftest import TESTS
from tests.runtime.battery.planted import context_of

DEFECTS = TESTS / "defects"
PLANTED = sorted(
    path for name in ("compiles", "exports", "onnx") for path in (DEFECTS / name).glob("*")
)
ONNX = all(importlib.util.find_spec(name) for name in NEEDED)


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in PLANTED if p.suffix == ".py"], ids=lambda p: p.stem)
def test_defect_warns_and_its_twin_passes(path: Path) -> None:
    name = path.parent.name
    rows = [run_check(context_of(path, cls), name) for cls in ("Defect", "Clean")]
    if name == "onnx" and not ONNX:
        assert [(row.status, "not installed" in row.detail) for row in rows] == 2 * [
            ("skipped", True)
        ]
        return
    assert [row.status for row in rows] == ["warned", "passed"], rows
    said = {"compiles": f"{path.name}:", "exports": "torch.export", "onnx": f"{path.name}:"}
    assert said[name] in rows[0].detail
    assert rows[0].hint


@pytest.mark.slow
def test_operator_that_onnx_lacks_is_shown_where_it_is_called() -> None:
    path = DEFECTS / "onnx" / "missing_operator.py"
    context = context_of(path, "Defect")
    program = exported(context, dynamic=True)
    line = next(
        n for n, text in enumerate(path.read_text().splitlines(), 1) if "_triangular" in text
    )
    place = operator_line(context, program, "no function for aten.linalg_solve_triangular")
    assert place == f" ({path}:{line})"
    assert not operator_line(context, program, "no function for aten.fft_rfft2")
