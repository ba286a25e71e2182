"""timm's layers as donors: every fusion holds, or is refused for a reason that a reader agrees with."""

from __future__ import annotations

import pytest

from tests.benchmarks.timm_donors import fusions, references

pytest.importorskip("timm.layers", reason="the extra `interop` is not installed")
pytestmark = pytest.mark.interop

REFUSED = {
    "AttentionPool2d": "the layout of its output is not that of its input",
    "BottleneckAttn": "it runs on 16×16 pixels only",
    "CondConv2d": "it takes 2 inputs and the site has one",
    "PatchEmbed": "the layout of its output is not that of its input",
}


@pytest.mark.parametrize("donor", references(), ids=lambda ref: ref.partition(":")[2])
def test_a_layer_of_timm_fits_or_is_refused_for_a_true_reason(donor: str) -> None:
    reason = REFUSED.get(donor.partition(":")[2])
    for result in fusions(donor):
        assert result.ending == ("refused" if reason else "verified"), result
        assert reason is None or reason in result.reason
