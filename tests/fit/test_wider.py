"""A donor that refuses few channels is fused with a host that has more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fusing import demand_ok, fuse_here

GROUPED = """from torch import nn


class Grouped(nn.Module):
    def __init__(self, channels, factor=32):
        super().__init__()
        assert channels // factor > 0
        self.norm = nn.GroupNorm(factor, channels)

    def forward(self, x):
        return x * self.norm(x).sigmoid()
"""


@pytest.fixture
def donor(tmp_path: Path) -> str:
    path = tmp_path / "grouped.py"
    path.write_text(GROUPED)
    return str(path)


def test_the_host_is_made_wider(donor: str) -> None:
    outcome = fuse_here("serial", "Bottleneck", donor, dry_run=True)
    demand_ok(outcome)
    assert outcome.host.args == {"c1": "256", "c2": "256"}
    assert "fewer channels than c1=256, c2=256" in outcome.notes[0]
    assert "--host-args 'c1=256, c2=256'" in outcome.source


def test_arguments_that_are_given_stay(donor: str) -> None:
    outcome = fuse_here("serial", "Bottleneck", donor, dry_run=True, host_args="c1=64, c2=64")
    assert outcome.report.rejected_by(strict=False)
    assert outcome.host.args == {"c1": "64", "c2": "64"}


def test_what_more_channels_do_not_mend_is_told_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "narrow.py"
    path.write_text(GROUPED.replace("channels // factor > 0", "channels in (64, 32)"))
    outcome = fuse_here("serial", "Bottleneck", str(path), dry_run=True)
    assert outcome.report.rejected_by(strict=False)[0].name == "constructs"
    assert outcome.host.args == {"c1": "64", "c2": "64"}
