"""Blocks and whole networks of real libraries are fused and verified, nine in ten of them."""

from __future__ import annotations

import pytest

from fusion_cli.worker.client import Worker
from tests.interop.fusions import FUSIONS, drawn, references, sweep


@pytest.mark.interop
@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "count"),
    [
        ("ultralytics", None),
        ("torchvision.ops", None),
        ("torchvision.models", 30),
        ("timm.layers", 40),
    ],
)
def test_nine_in_ten_hosts_take_a_donor(library: str, count: int | None) -> None:
    package = library.partition(".")[0]
    pytest.importorskip(package, reason=f"needs {package} (extra `interop`)")
    with Worker.start() as worker:
        counts = sweep(worker, drawn(references(library), count), "quick")
    assert not counts["faults of fuse"], counts
    for pattern, donor in FUSIONS:
        tried, verified = (counts[f"{pattern} {donor} {one}"] for one in ("tried", "verified"))
        assert tried and verified >= 0.9 * tried, counts
