"""Blocks of a real library are fused and verified, nine in ten of them."""

from __future__ import annotations

import pytest

pytest.importorskip("ultralytics", reason="needs ultralytics (extra `interop`)")

from fusion_cli.runtime.client import Worker
from tests.interop.fusions import FUSIONS, references, sweep


@pytest.mark.interop
@pytest.mark.slow
def test_nine_in_ten_blocks_take_a_donor() -> None:
    with Worker.start() as worker:
        counts = sweep(worker, references("ultralytics"), "quick")
    for pattern, donor in FUSIONS:
        tried, verified = (counts[f"{pattern} {donor} {one}"] for one in ("tried", "verified"))
        assert tried >= 40 and verified >= 0.9 * tried, counts
