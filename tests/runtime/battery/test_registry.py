"""How checks are run: one row each, whatever the module does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from fusion_cli.model.jobs import CheckBegun
from fusion_cli.model.levels import (
    DEEP,
    FULL,
    LEVELS,
    NEED_HOST,
)
from fusion_cli.model.report import CheckResult
from fusion_cli.runtime.battery.context import Context
from fusion_cli.runtime.battery.registry import NEED_TRAINING, run_check, run_checks
from tests.runtime.battery.planted import context_of

HEAD = """
import sys
import torch
from torch import nn

EXAMPLE = {"dim": 4}
INPUT = (2, 4, 8, 8)


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
"""


@pytest.fixture
def context(tmp_path: Path, request: pytest.FixtureRequest) -> Context:
    path = tmp_path / "block.py"
    path.write_text(f"{HEAD}        {request.param}\n", encoding="utf-8")
    return context_of(path, "Block")


def body(text: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("context", [text], indirect=True, ids=["block"])


def test_levels_are_nested_and_in_order() -> None:
    assert set(LEVELS["quick"]) < set(FULL) < set(DEEP)
    assert [name for name in FULL if name in LEVELS["quick"]] == list(LEVELS["quick"])
    assert not LEVELS["off"]


@pytest.mark.parametrize("name", DEEP)
def test_every_check_is_a_file(name: str) -> None:
    assert importlib.util.find_spec(f"fusion_cli.runtime.battery.checks.{name}")


@body("return self.conv(x)")
def test_every_check_is_announced_before_its_row(context: Context) -> None:
    events: list[CheckBegun | CheckResult] = []
    rows = run_checks(context, ("parses", "forward"), events.append)
    assert [row.name for row in rows] == ["parses", "forward"]
    assert events == [CheckBegun("parses"), rows[0], CheckBegun("forward"), rows[1]]


@body("return self.conv(x)")
def test_checks_of_a_fusion_are_skipped_without_a_host(context: Context) -> None:
    rows = run_checks(context, sorted(NEED_HOST))
    assert {(row.status, row.detail[:7]) for row in rows} == {("skipped", "no host")}


@body("raise ValueError('no such thing')")
def test_a_forward_that_raises_fails_once_and_skips_the_rest(context: Context) -> None:
    rows = {row.name: row for row in run_checks(context, ("constructs", "forward", "finite"))}
    assert [rows[name].status for name in rows] == ["passed", "failed", "skipped"]
    for name in ("forward", "finite"):
        assert "ValueError: no such thing" in rows[name].detail
        assert "block.py:16)" in rows[name].detail


@body("return self.conv(x) if not self.training else self.absent")
def test_training_that_raises_fails_modes_and_skips_what_trains(context: Context) -> None:
    assert run_check(context, "modes").status == "failed"
    assert {run_check(context, name).status for name in NEED_TRAINING} == {"skipped"}


@body("return self.conv(x)")
@pytest.mark.parametrize(
    ("error", "status"), [(KeyError("ours"), "warned"), (SystemExit(1), "warned")]
)
def test_an_error_outside_the_users_code_is_a_doubt(
    context: Context, error: BaseException, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("fusion_cli.runtime.battery.checks.modes")

    def check(context: Context) -> None:
        raise error

    monkeypatch.setattr(module, "check", check)
    row = run_check(context, "modes")
    assert (row.status, row.detail[:21]) == (status, "could not be settled:")


@body("sys.exit(3) if x.shape[0] == 1 else None; return self.conv(x)")
def test_an_exit_in_the_users_code_fails_with_its_line(context: Context) -> None:
    row = run_check(context, "forward")
    assert row.status == "failed"
    assert "SystemExit: 3" in row.detail
    assert "block.py:16)" in row.detail


@body("torch.set_default_dtype(torch.float64); return self.conv(x)")
def test_settings_are_put_back(context: Context) -> None:
    run_check(context, "pure")
    assert torch.get_default_dtype() == torch.float32


@body("return self.conv(x)")
def test_the_random_state_is_left_alone(context: Context) -> None:
    before = torch.get_rng_state()
    run_checks(context, [name for name in FULL if name not in NEED_HOST])
    assert torch.equal(torch.get_rng_state(), before)
