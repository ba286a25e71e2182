"""A written file runs as a program, whatever its block returns."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.fusing import demand_ok, fuse_here

HEAD = """\
import torch.nn as nn


class Head(nn.Module):
    def __init__(self, in_channels, num_classes=3):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, in_channels, 3, padding=1)
        self.scores = nn.Conv2d(in_channels, num_classes, 1)
        self.boxes = nn.Conv2d(in_channels, 4, 1)

    def forward(self, x):
        x = self.stem(x)
        scores, boxes = self.scores(x), self.boxes(x)
        return RETURNED
"""


@pytest.mark.parametrize(
    ("returned", "printed"),
    [
        ("scores, boxes", "[(2, 3, 16, 16), (2, 4, 16, 16)]"),
        ("{'scores': scores, 'boxes': boxes}", "[(2, 3, 16, 16), (2, 4, 16, 16)]"),
        ("[scores, [boxes]]", "list"),
    ],
)
def test_the_shapes_of_the_output_are_printed(
    returned: str, printed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = tmp_path / "head.py"
    host.write_text(HEAD.replace("RETURNED", returned), encoding="utf-8")
    outcome = fuse_here("serial", f"{host}:Head", "SE", output=str(tmp_path), verify="quick")
    demand_ok(outcome)
    runpy.run_path(outcome.file, run_name="__main__")
    assert f"(2, 64, 16, 16) -> {printed} on " in capsys.readouterr().out
