"""The checks of a real device, run with the CPU in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fusion_cli.runtime.battery.checks.device import on_device, tolerance
from fusion_cli.runtime.battery.context import Context
from tests.runtime.battery.planted import context_of

HEAD = """
import torch
from torch import nn

EXAMPLE = {"dim": 4}
INPUT = (2, 4, 8, 8)
CALLS = []


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        CALLS.append(x)
"""
CPU = torch.device("cpu")


def block(body: str, folder: Path) -> Context:
    path = folder / "block.py"
    path.write_text(f"{HEAD}        {body}\n", encoding="utf-8")
    context = context_of(path, "Block")
    context.subject.namespace["CALLS"].clear()
    return context


def test_a_sound_module_is_equal_to_itself(tmp_path: Path) -> None:
    outcome = on_device(block("return self.norm(self.conv(x)).relu()", tmp_path), CPU)
    assert (outcome.status, outcome.detail) == ("passed", "equal to the CPU on cpu")


# The n-th call stands for the device: 1 and 2 are compared for parity.
WRONG = {
    "output": ("return self.conv(x) * (1.01 if len(CALLS) == 2 else 1)", "output on cpu differs"),
    "gradient": (
        "y = self.conv(x); return y.detach() + (y - y.detach()) * (2 if len(CALLS) == 2 else 1)",
        "gradient on cpu differs",
    ),
    "half": ("return (self.conv(x) * 1e6).relu() + self.conv(x)", "float16 autocast"),
    "channels_last": (
        "return self.conv(x) + x.stride()[1]",
        "channels_last",
    ),
    "raises": ("return self.conv(x) if len(CALLS) < 2 else self.absent", "block.py:18)"),
}


@pytest.mark.parametrize(("body", "word"), WRONG.values(), ids=WRONG)
def test_what_differs_is_named(body: str, word: str, tmp_path: Path) -> None:
    outcome = on_device(block(body, tmp_path), CPU)
    assert outcome.status == "failed"
    assert word in outcome.detail


def test_precision_lost_under_autocast_warns(tmp_path: Path) -> None:
    body = "y = self.conv(x); return (y + 3000) - 3000"
    outcome = on_device(block(body, tmp_path), CPU)
    assert outcome.status == "warned"
    assert "bfloat16 autocast" in outcome.detail


def test_tolerance_is_half_of_the_digits() -> None:
    assert tolerance(torch.float32) == pytest.approx(6.9e-4, rel=0.01)
    assert tolerance(torch.float16) == pytest.approx(0.0625)
    assert tolerance(torch.bfloat16) == pytest.approx(0.177, rel=0.01)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_on_cuda(tmp_path: Path) -> None:
    outcome = on_device(block("return self.norm(self.conv(x))", tmp_path), torch.device("cuda"))
    assert outcome.status == "passed", outcome
    assert "peak memory" in outcome.detail
