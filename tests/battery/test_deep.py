"""The checks of `--verify deep` against their planted defects; each takes seconds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from conftest import context_of

from fusion_cli.runtime.battery.onnx import NEEDED
from fusion_cli.runtime.battery.registry import run_check

ROOT = Path(__file__).parent.parent / "defects"
PLANTED = sorted(
    path for name in ("compiles", "exports", "onnx") for path in (ROOT / name).glob("*")
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
    said = {"compiles": f"{path.name}", "exports": "torch.export", "onnx": "aten.linalg_solve"}
    assert said[name] in rows[0].detail
