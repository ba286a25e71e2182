"""A module whose forward is slow: fewer runs, what they find, and no fault for being slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.jobs import SlowForward
from fusion_cli.runtime.battery import pace
from fusion_cli.runtime.battery.registry import run_checks
from tests.runtime.battery.planted import context_of

TEXT = """
import time
import torch
from torch import nn

EXAMPLE = {"dim": 4}
INPUT = (2, 4, 8, 8)


class Slow(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        assert x.shape[-1] == x.shape[-2]
        return self.conv(x)
"""


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SLOW", 0.02)
    monkeypatch.setattr(pace, "ENOUGH", 0.18)


def test_a_slow_module_is_told_its_fault_and_what_was_not_run() -> None:
    events: list[object] = []
    context = context_of(Path("slow.py"), "Slow", TEXT)
    rows = {row.name: row for row in run_checks(context, ("sizes", "modes"), events.append)}
    assert rows["sizes"].status == "warned"
    assert rows["sizes"].detail.startswith("only square maps work")
    assert "; not run to its end: too slow (0.0" in rows["sizes"].detail
    assert rows["modes"].status == "skipped"
    assert rows["modes"].detail.startswith("too slow (0.0")
    assert SlowForward(None) in events


def test_one_check_leaves_the_next_its_own_time() -> None:
    context = context_of(Path("slow.py"), "Slow", TEXT)
    rows = run_checks(context, ("modes", "batch_independent"))
    assert [row.status for row in rows] == ["skipped", "passed"]
