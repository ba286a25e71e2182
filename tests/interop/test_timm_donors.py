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
# Beside a main path whose stride is an argument, what shrinks the map by a number of its own.
REFUSED_BESIDE_A_STRIDE = {"SpaceToDepth", "DepthToSpace"}


@pytest.mark.parametrize("donor", references(), ids=lambda ref: ref.partition(":")[2])
def test_a_layer_of_timm_fits_or_is_refused_for_a_true_reason(donor: str) -> None:
    name = donor.partition(":")[2]
    for result in fusions(donor):
        case = result.case
        reason = REFUSED.get(name)
        if name in REFUSED_BESIDE_A_STRIDE and case.host == "ResNetBottleneck":
            reason = {"parallel": "by a number of its own", "concat": "by a number of its own"}.get(
                case.pattern
            )
        assert result.ending == ("refused" if reason else "verified"), result
        assert reason is None or reason in result.reason
