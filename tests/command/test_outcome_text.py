"""What people read and what scripts read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_cli.command import outcome_json, outcome_text
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.report import CheckResult, Report
from tests.command.outcomes import CHECKED, FUSED, REJECTED_ROW, SHOWN

HEAD = {"schema", "ok", "exit", "error"}
VERDICT = {"class", "device", "torch", "checks", "cost", "mended", "notes", "seconds"}
# The keys that scripts rely on: one may be added here, none may go.
KEYS: dict[outcome_json.Command, set[str]] = {
    "fuse": HEAD
    | VERDICT
    | {"pattern", "host", "donors", "site", "adapters", "file", "file_state", "source", "diff"},
    "check": HEAD | VERDICT | {"ref", "path", "line", "skipped", "args", "contract"},
    "show": HEAD | {"ref", "class", "signature", "args", "contract", "sites", "notes"},
    "list": HEAD | {"hosts", "donors", "patterns"},
}
LISTING = {
    "hosts": [("C2f", "a stage")],
    "donors": [("SE", "a gate"), ("CBAM", "")],
    "patterns": [],
}
ANSWERS: dict[outcome_json.Command, dict[str, Any]] = {
    "fuse": outcome_json.fuse_json(FUSED),
    "check": outcome_json.check_json(CHECKED),
    "show": outcome_json.show_json(SHOWN),
    "list": outcome_json.list_json(LISTING),
}


@pytest.mark.parametrize("command", KEYS)
def test_an_error_has_the_keys_of_an_answer(command: outcome_json.Command) -> None:
    assert set(ANSWERS[command]) == KEYS[command]
    error = outcome_json.error_json(command, CannotFuse("what", hint="next", lines="12 | x"))
    assert set(error) == KEYS[command]
    assert (error["ok"], error["exit"]) == (False, 3)
    assert error["error"] == {
        "kind": "cannot_fuse",
        "message": "what",
        "hint": "next",
        "lines": "12 | x",
    }


def test_json_of_a_fusion_holds_what_happened() -> None:
    answer = outcome_json.fuse_json(FUSED)
    assert (answer["schema"], answer["ok"], answer["exit"], answer["error"]) == (1, True, 0, None)
    assert answer["host"] == {
        "ref": "Bottleneck",
        "class": "Bottleneck",
        "args": {"c1": 64, "c2": 64, "act": "nn.SiLU()"},
    }
    assert answer["donors"][0]["ref"] == "papers/ak.py:AKConv"
    assert answer["site"] == {
        "path": "cv1",
        "contract": "b c1 h w -> b c2 h w",
        "input": [[2, 64, 16, 16]],
        "output": [[2, 32, 16, 16]],
    }
    assert answer["class"] == "Bottleneck_AKConv"
    assert answer["source"] == FUSED.source
    assert answer["checks"][0] == {
        "name": "parses",
        "status": "passed",
        "detail": "compiles",
        "hint": "",
        "blame": None,
        "seconds": 0.0001,
    }
    assert answer["cost"]["host"] == {"params": 23_296, "flops": 5_963_776}
    assert answer["seconds"] == 1.94


def test_json_of_a_site_counts_its_calls_and_its_tensors() -> None:
    first, second = outcome_json.show_json(SHOWN)["sites"]
    assert (first["path"], first["class"], first["calls"]) == ("cv1", "Conv", 2)
    assert second["input"] == [[2, 8, 4, 4], [2, 8]]


ARGUMENTS = {
    "64": 64,
    "0.5": 0.5,
    "True": True,
    "None": None,
    "'same'": "same",
    "(3, 5)": [3, 5],
    "nn.SiLU()": "nn.SiLU()",
    "c1 // 2": "c1 // 2",
    "1e999": "1e999",
    "{1, 2}": "{1, 2}",
    "(b'x',)": "(b'x',)",
}


@pytest.mark.parametrize("text", ARGUMENTS)
def test_an_argument_is_its_value_where_json_has_one_and_its_text_elsewhere(text: str) -> None:
    answer = outcome_json.check_json(replace(CHECKED, args={"a": text}))
    assert answer["args"] == {"a": ARGUMENTS[text]}


def test_a_fusion_is_told_in_a_short_table() -> None:
    assert outcome_text.fuse_text(FUSED) == """\
class     Bottleneck_AKConv
file      generated/bottleneck_replace_akconv.py (written)
host      Bottleneck(c1=64, c2=64, act=nn.SiLU())
donor     AKConv(c1=64, c2=32) from papers/ak.py:AKConv
site      cv1: b c1 h w -> b c2 h w
adapter   a 1×1 convolution after AKConv: 32 → 64 channels
checks    2 passed, 1 allowed, 1 warned, 1 skipped
          allowed dtypes: float64 fails
            hint: drop `.float()`
          warned sizes: height and width must be multiples of 4
          skipped onnx: needs the extra `onnx`
cost      params 23.3 k → 12.1 k (-48%), flops 5.96 M → 832 (-100%)
device    cpu, torch 2.9.0
note      `math` was used and never imported
seconds   1.9"""


def test_a_check_is_told_in_a_short_table() -> None:
    assert outcome_text.check_text(CHECKED) == """\
class     AKConv(*(1, 2), c1=64)
contract  b c1 h w -> b c2 h w
checks    1 passed
cost      params 1 M, flops 0
device    cuda:0, torch 2.9.0
seconds   0.5"""


def test_sites_are_a_table() -> None:
    assert outcome_text.show_text(SHOWN).splitlines() == [
        "class     Bottleneck(c1, c2, shortcut=True)",
        "args      c1=64, c2=64",
        "contract  b c1 h w -> b c2 h w",
        "sites",
        "  path   class  input         output      calls",
        "  cv1    Conv   2×64×16×16    2×32×16×16  2",
        "  block  B      2×8×4×4, 2×8  2×8×4×4     1",
    ]
    assert outcome_text.show_text(replace(SHOWN, sites=())).endswith("\nsites     none")


def test_a_listing_has_a_section_a_kind() -> None:
    assert outcome_text.list_text(LISTING) == """\
hosts
  C2f   a stage

donors
  SE    a gate
  CBAM

patterns"""


def test_a_dry_run_is_never_told_as_a_run_on_a_device() -> None:
    row = CheckResult("device", "passed", "dry run: no kernel was run")
    outcome = replace(CHECKED, report=Report("cpu", "2.9.0", (row,)))
    assert "\ndevice    cpu, torch 2.9.0; dry run: no kernel was run\n" in outcome_text.check_text(
        outcome
    )


def test_no_check_is_not_a_passed_check() -> None:
    unchecked = replace(FUSED, report=Report("cpu", "2.9.0", ()))
    assert "\nchecks    none was run\n" in outcome_text.fuse_text(unchecked)


def test_colour_goes_to_words_that_say_the_status_anyway() -> None:
    painted = outcome_text.fuse_text(FUSED, lambda text, status: f"<{status}>{text}</>")
    assert "2 <passed>passed</>, 1 <allowed>allowed</>" in painted
    assert "<warned>warned</> sizes" in painted


@given(
    statuses=st.lists(st.sampled_from(["passed", "failed", "allowed", "warned", "skipped"])),
    strict=st.booleans(),
)
def test_a_module_is_rejected_by_failures_and_by_warnings_if_strict(
    statuses: list[Any], strict: bool
) -> None:
    rows = tuple(CheckResult(f"check{i}", status) for i, status in enumerate(statuses))
    outcome = replace(FUSED, report=Report("cpu", "2.9.0", rows), strict=strict)
    against = [row.name for row in rows if row.status in ("failed", "warned")[: 1 + strict]]
    error = outcome_text.rejection(outcome)
    assert outcome.ok == (not against)
    assert outcome.exit_code == bool(against)
    assert (error is None) == (not against)
    if error is not None:
        assert all(f"`{name}`" in error.message for name in against)
        assert all(f"--allow {name}" in error.hint for name in against)


def test_a_rejection_says_why_and_what_mends_it() -> None:
    error = outcome_text.rejection(replace(FUSED, report=Report("cpu", "2.9.0", (REJECTED_ROW,))))
    assert error is not None
    assert error.message == (
        "`Bottleneck_AKConv` is rejected by `gradients`: no gradient reaches ak.weight"
    )
    assert error.hint == "use it or drop it"


@given(st.integers(min_value=0, max_value=10**17))
@example(999_700)
def test_a_count_is_told_to_three_digits(number: int) -> None:
    told = outcome_text._count(number)
    digits, _, unit = told.partition(" ")
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}[unit]
    assert float(digits) * scale == pytest.approx(number, rel=5.1e-3)
    assert len(digits.replace(".", "")) <= 3
