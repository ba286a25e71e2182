"""The limit of time: a module that hangs costs that much, and the report says where it hung."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fusion_cli import requests
from fusion_cli.cli import main
from fusion_cli.errors import UsageError
from tests.conftest import Command

HANG = "while True: pass"
MODULE = """\
import torch
from torch import nn
{imported}

class Slow(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        {built}
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        {run}
        return self.conv(x)
"""
LINES = {"imported": 3, "built": 8, "run": 12}


def module(**parts: str) -> str:
    return MODULE.format(**dict.fromkeys(LINES, "pass") | parts)


def test_modules_that_hang_are_told_with_their_lines(fuse_cmd: Command, tmp_path: Path) -> None:
    for where in LINES:
        (tmp_path / f"{where}.py").write_text(module(**{where: HANG}))
    answer = fuse_cmd("check", ".", "--timeout", "1.5", "--json")
    told = {one["ref"]: one["error"] for one in json.loads(answer.stdout)}
    assert answer.returncode == 3
    assert {error["kind"] for error in told.values()} == {"job_died"}
    assert {ref: error["message"] for ref, error in told.items()} == {
        f"{where}.py:Slow": f"the module ran longer than 1.5 s at {tmp_path / where}.py:{line}"
        for where, line in LINES.items()
    }
    assert all("--timeout" in error["hint"] for error in told.values())


def test_a_hang_in_one_check_is_its_row(fuse_cmd: Command, tmp_path: Path) -> None:
    """It hangs on what only `dtypes` tries; the checks behind it run."""
    hang = "while x.dtype == torch.float64: pass"
    path = tmp_path / "slow.py"
    path.write_text(module(run=hang))
    told = json.loads(fuse_cmd("check", "slow.py", "--timeout", "2", "--json").stdout)
    rows = {row["name"]: row for row in told["checks"]}
    failed = [name for name, row in rows.items() if row["status"] == "failed"]
    assert len(failed) == 1 and told["exit"] == 1
    assert f"ran longer than 2 s at {path}:12" in rows[failed[0]]["detail"]
    assert rows["serialises"]["status"] == "passed"


@pytest.mark.parametrize("command", [["check", "SE"], ["show", "SE"], ["replace", "C2f", "SE"]])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_bad_limits_are_misuse(
    capsys: pytest.CaptureFixture[str], command: list[str], value: str
) -> None:
    assert main([*command, "--timeout", value]) == 2
    told = capsys.readouterr().err
    assert "--timeout" in told and "hint: " in told


def test_a_notebook_is_refused_the_same() -> None:
    with pytest.raises(UsageError, match="--timeout"):
        requests.CheckRequest("SE", timeout=-1)
