"""What a deep chain of norms does to the gradient of a constant map, and what is a flaw there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.runtime.battery.registry import run_check
from tests.runtime.battery.planted import context_of

DEEP = """
from torch import nn

EXAMPLE = {{"dim": 4}}
INPUT = (2, 4, 8, 8)


class Deep(nn.Module):
    def __init__(self, dim):
        super().__init__()
        layers = [nn.Sequential(nn.Conv2d(dim, dim, 1), nn.BatchNorm2d(dim)) for _ in range(24)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers({given})
"""


@pytest.mark.parametrize(
    ("given", "status"), [("x", "passed"), ("x * (x * x).sum(1, keepdim=True).sqrt()", "failed")]
)
def test_only_what_is_infinite_in_double_precision_too_is_a_flaw(
    given: str, status: str, tmp_path: Path
) -> None:
    context = context_of(tmp_path / "deep.py", "Deep", DEEP.format(given=given))
    assert run_check(context, "finite").status == status
