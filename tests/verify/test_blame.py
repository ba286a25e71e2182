"""Whose fault a failed check of a fused class is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fusion_cli import pipeline
from fusion_cli.command.outcome_json import fuse_json
from fusion_cli.model.outcomes import FuseOutcome
from fusion_cli.model.report import CheckResult
from fusion_cli.model.requests import FuseRequest
from fusion_cli.verify import blame
from fusion_cli.worker.client import Worker
from fusion_cli.worker.session import Session
from tests.fusing import demand_ok

HEAD = "import torch\nfrom torch import nn\n\n\n"
SOUND = """\
class Sound(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker.start() as started:
        yield started


Fuse = Callable[..., FuseOutcome]


@pytest.fixture
def fuse(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    """`fuse(host, donor)` with the forward of each, by default a convolution's."""
    monkeypatch.chdir(tmp_path)

    def run(host: str = "", donor: str = "", **options: Any) -> FuseOutcome:
        for name, returned in (("Host", host), ("Donor", donor)):
            text = HEAD + SOUND.replace("Sound", name)
            text = text.replace("return self.conv(x)", f"return {returned or 'self.conv(x)'}")
            Path(f"{name.lower()}.py").write_text(text, encoding="utf-8")
        request = FuseRequest("serial", "host.py", ("donor.py",), dry_run=True, **options)
        return pipeline.fuse(Session(worker, request))

    return run


def row(outcome: FuseOutcome, name: str) -> CheckResult:
    return next(one for one in outcome.report.checks if one.name == name)


ON_CPU = "self.conv(x) + torch.zeros(x.shape[-1], dtype=x.dtype)"


@pytest.mark.parametrize("role", ["host", "donor"])
def test_the_part_that_fails_alone_is_named_with_its_line(role: str, fuse: Fuse) -> None:
    found = row(fuse(**{role: ON_CPU}), "device")
    assert (found.status, found.blame) == ("failed", role)
    assert f"; the {role} {role.title()} alone fails it too ({role}.py:11)" in found.detail
    assert found.detail.count("alone") == 1


def test_of_two_parts_both_are_named_and_the_host_is_to_blame(fuse: Fuse) -> None:
    found = row(fuse(host=ON_CPU, donor=ON_CPU), "device")
    assert found.blame == "host"
    assert "(host.py:11); the donor Donor alone fails it too (donor.py:11)" in found.detail


def test_what_only_the_fusion_fails_is_said_so(fuse: Fuse) -> None:
    """The donor's exponential overflows on what this host makes of a map, and only there."""
    outcome = fuse(host="self.conv(400 * x)", donor="self.conv(x).exp()")
    found = row(outcome, "finite")
    assert (found.status, found.blame) == ("failed", "fusion")
    assert found.detail.endswith("; only the fusion fails it")


def test_a_donor_is_tried_with_the_arguments_of_its_place(fuse: Fuse) -> None:
    """Alone it was observed with its default, dim=16; in the block it is built with dim=8: there it fails."""
    outcome = fuse(donor="self.conv(x) * (x.shape[1] != 8)", host_args="dim=8")
    assert outcome.donors[0].args == {}
    found = row(outcome, "gradients")
    assert (found.status, found.blame) == ("failed", "donor")
    assert "(donor.py:5)" in found.detail  # no line is at fault: where the class begins


def test_a_donor_that_raises_in_its_place_raises_there_alone(fuse: Fuse) -> None:
    outcome = fuse(donor="self.conv(x) if x.shape[1] != 8 else x.nothing", host_args="dim=8")
    found = row(outcome, "forward")
    assert (found.status, found.blame) == ("failed", "donor")
    assert "(donor.py:11)" in found.detail


def test_an_accepted_failure_has_its_blame_in_the_header(fuse: Fuse) -> None:
    outcome = fuse(donor=ON_CPU, allow=("device",))
    assert (row(outcome, "device").status, outcome.ok) == ("allowed", True)
    assert "alone fails it too (donor.py:11)" in " ".join(outcome.source.split())
    assert {one["name"]: one["blame"] for one in fuse_json(outcome)["checks"]}["device"] == "donor"


def test_nothing_is_run_again_where_nothing_failed(
    fuse: Fuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blame, "_in_place", lambda *parts: pytest.fail("a part was run"))
    demand_ok(fuse())
