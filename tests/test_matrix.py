"""Every host, donor and pattern of the zoo, at the pattern's own site: verified, or refused for a true reason.

The short run has every pair of host and donor once, with the patterns in turn.
`python tests/benchmarks/matrix.py` tries every site.
"""

from __future__ import annotations

import pytest

from tests.benchmarks.matrix import Case, default_cases, kind_of, run

# A refusal must be of a kind that stands here: donors of two inputs are for joins, which some hosts
# have not. Nothing else stands in the way of any.
TRUE_REASONS = (
    "the donor cannot serve: it takes one input and the site has two",
    "the donor cannot serve: it takes N inputs and the site has one",
    "HOST(cN=N, cN=N, k=N) neither adds nor concatenates two tensors by itself",
    "HOST(cN=N, cN=N, n=N, shortcut=True) neither adds nor concatenates two tensors by itself",
)
# At sites that `--at` names, something does.
REFUSED = {
    Case("BasicBlock", "SE", "replace", "downsample"): "`downsample` does not run in BasicBlock(",
    Case("ResNetBottleneck", "SE", "serial", "relu"): "is called with 16/64 channels in turn",
}
CASES = list(default_cases())


def _in_short_run(case: Case) -> bool:
    pairs = list(dict.fromkeys((one.host, one.donor) for one in CASES))
    patterns = [one.pattern for one in CASES if (one.host, one.donor) == pairs[0]]
    number = pairs.index((case.host, case.donor))
    return patterns.index(case.pattern) == (number + number // 6) % len(patterns)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            one,
            id=f"{one.host}-{one.donor}-{one.pattern}".lower(),
            marks=() if _in_short_run(one) else pytest.mark.slow,
        )
        for one in CASES
    ],
)
def test_a_fusion_holds_or_is_refused_for_a_true_reason(case: Case) -> None:
    result = run(case, "quick")
    if result.ending == "refused":
        assert kind_of(result) in TRUE_REASONS, result.reason
    else:
        assert result.ending == "verified", result.reason


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_site_that_no_donor_can_take_is_refused(case: Case) -> None:
    result = run(case, "off")
    assert result.ending == "refused", result.reason
    assert REFUSED[case] in result.reason


def test_a_fault_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*words: str, **options: object) -> None:
        raise RuntimeError("a fault of fuse itself")

    monkeypatch.setattr("tests.benchmarks.matrix.fuse_here", broken)
    result = run(CASES[0], "off")
    assert (result.ending, kind_of(result)) == ("fault", "RuntimeError: a fault of fuse itself")
