"""The limit of time: a module that hangs costs that much, and the report says where it hung."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_cli import pipeline
from fusion_cli.command.cli import main
from fusion_cli.model import requests
from fusion_cli.model.errors import UsageError
from fusion_cli.model.requests import CheckRequest
from fusion_cli.worker.client import JobDied, Worker
from fusion_cli.worker.session import Session
from tests.conftest import Command
from tests.fusing import demand_ok

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


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker.start(timeout=1.5) as started:
        yield started


def module(**parts: str) -> str:
    return MODULE.format(**dict.fromkeys(LINES, "pass") | parts)


CHECKS = {"imported": "imports", "built": "constructs", "run": "forward"}


def test_a_module_that_hangs_fails_the_check_that_is_about_it(
    fuse_cmd: Command, tmp_path: Path
) -> None:
    """No other check is run: each of them would hang as long. The line that hung is told."""
    for where in LINES:
        (tmp_path / f"{where}.py").write_text(module(**{where: HANG}))
    answer = fuse_cmd("check", ".", "--timeout", "1.5", "--json")
    told = {one["ref"].partition(".")[0]: one for one in json.loads(answer.stdout)}
    assert answer.returncode == 1
    for where, line in LINES.items():
        failed = [row for row in told[where]["checks"] if row["status"] != "skipped"]
        assert [row["name"] for row in failed] == [CHECKS[where]]
        place = f"{tmp_path / where}.py:{line}"
        assert failed[0]["detail"] == f"the module ran longer than 1.5 s at {place}"
        assert "--timeout" in failed[0]["hint"]
        assert told[where]["exit"] == 1 and told[where]["contract"] is None


@pytest.mark.parametrize("end", ["os._exit(3)", "ctypes.string_at(0)"], ids=["exits", "crashes"])
@pytest.mark.parametrize("where", LINES)
def test_a_module_that_ends_its_process_fails_that_check(
    worker: Worker, tmp_path: Path, where: str, end: str
) -> None:
    path = tmp_path / "ends.py"
    path.write_text(f"import ctypes, os\n{module(**{where: end})}")
    outcome = pipeline.check(Session(worker, CheckRequest(str(path), args="dim=4")))
    failed = {row.name: row.detail for row in outcome.report.checks if row.status == "failed"}
    assert list(failed) == [CHECKS[where]] and failed[CHECKS[where]].startswith("the module ")
    assert outcome.exit_code == 1 and outcome.report.torch
    assert outcome.args == ({} if where == "imported" else {"dim": "4"})
    taken = CheckRequest(str(path), allow=(CHECKS[where],))
    demand_ok(pipeline.check(Session(worker, taken)))
    with pytest.raises(JobDied):  # no check is asked for that could say so
        pipeline.check(Session(worker, CheckRequest(str(path), verify="off")))


def test_the_tries_of_a_search_share_one_limit(worker: Worker, tmp_path: Path) -> None:
    """Each forward takes less than the limit, all that the search tries take more."""
    path = tmp_path / "slow.py"
    path.write_text(f"import time\n{module(run='time.sleep(0.4)')}")
    outcome = pipeline.check(Session(worker, CheckRequest(str(path))))
    failed = [row for row in outcome.report.checks if row.status == "failed"]
    assert [row.name for row in failed] == ["forward"]
    assert "ran longer than 1.5 s" in failed[0].detail


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
