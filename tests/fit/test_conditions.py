"""`--when` and `--switch`: elsewhere the fused class is its host, to the last bit and the last key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from fusion_cli.model.errors import CannotFuse, UsageError
from fusion_cli.model.jobs import ToVerify
from fusion_cli.runtime.trace.sides import Truths
from tests.fusing import HereWorker, demand_ok, facts_of, fuse_here, rewritten, row_of

GUARDED = {"when": "c1 == c2", "switch": "use_akconv"}

# What is broken by hand in a fusion with both options: the check that finds it, the text, its place.
BREAKS = {
    "condition-lost": ("equivalence", "= use_akconv and c1 == c2", "= use_akconv"),
    "switch-lost": ("equivalence", "= use_akconv and c1 == c2", "= c1 == c2"),
    "inverted-in-forward": (
        "equivalence",
        " if self.use_akconv else",
        " if not self.use_akconv else",
    ),
    "another-condition": ("equivalence", "and c1 == c2\n", "and c1 <= c2\n"),
    "built-all-the-same": (
        "drop_in",
        "        if self.use_akconv:\n            self.akconv = ",
        "        self.akconv = ",
    ),
}

HANDING = """
from torch import nn


class Inner(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


class Middle(nn.Module):
    def __init__(self, dim, depth=2):
        super().__init__()
        self.parts = nn.ModuleList([Inner(dim) for _ in range(depth)])

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Outer(nn.Module):
    def __init__(self, dim, *, depth=2):
        super().__init__()
        self.parts = nn.Sequential(Middle(dim, depth=depth), Middle(dim))

    def forward(self, x):
        return self.parts(x)


class Aside(Middle):
    def __init__(self, dim):
        super().__init__(dim)
        self.parts = self.make(dim)

    def make(self, dim):
        return nn.Sequential(Inner(dim), Inner(dim))


class Turning(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.first = Inner(dim)
        self.mid = nn.Conv2d(dim, 2 * dim, 1)
        dim = 2 * dim
        self.last = Inner(dim)

    def forward(self, x):
        return self.last(self.mid(self.first(x)))


class Taken(Middle):
    def __init__(self, dim, use_se=1):
        super().__init__(dim, use_se)
        self.parts = nn.ModuleList([Inner(dim)])
"""

INHERITED = """
import torch
from torch import nn


class Plain(nn.Module):
    def __init__(self, dim, kernel=5):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel, padding=kernel // 2)

    def forward(self, x):
        return torch.relu(self.conv(x))


class Loose(Plain):
    def __init__(self, *args, mode="sum", **kwargs):
        super().__init__(*args, **kwargs)
        kernels = self.conv.kernel_size
        self.mix = nn.Conv2d(self.conv.in_channels, self.conv.out_channels, 1)
        self.mode = mode

    def forward(self, x):
        if self.mode == "sum":
            return x + self.mix(self.conv(x))
        return self.mix(self.conv(x))
"""


def question_of(**options: Any) -> ToVerify:
    """What the battery is given for a fusion."""
    fuse_here("parallel", "Bottleneck", "AKConv", verify="off", dry_run=True, **options)
    return HereWorker.verified


@pytest.fixture(scope="module")
def guarded() -> ToVerify:
    return question_of(**GUARDED)


@pytest.mark.parametrize("check", ["drop_in", "equivalence"])
def test_elsewhere_it_is_the_host(check: str, guarded: ToVerify) -> None:
    assert set(facts_of(guarded).active) == {True, False}
    row = row_of(check, guarded)
    assert row.status == "passed", row.detail


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_not_the_host_elsewhere_is_found(name: str, guarded: ToVerify) -> None:
    check, right, wrong = BREAKS[name]
    text: str = guarded.subject.source.text
    assert right in text
    source = text.replace(right, wrong)
    row = row_of(check, rewritten(guarded, source))
    assert row.status == "failed"


@pytest.mark.parametrize(
    "condition",
    [
        "c1 == c2",
        "c1 != c2",
        "c1 == 7",
        "e > 0.8",
        "not shortcut",
        "g == 2 or c_ == 12",
        "c1 > 200",
    ],
)
def test_configurations_on_both_sides_are_found(condition: str) -> None:
    active = facts_of(question_of(when=condition)).active
    assert active[0] and False in active


def test_what_a_failed_build_left_is_forgotten() -> None:
    truths, module = Truths("n > 1", {}), nn.Identity()

    def build() -> nn.Module:
        truths.probe(0, {"self": module, "n": 2})
        return module

    truths.probe(0, {"self": module, "n": 1})  # of a build that raised, at the same address
    assert truths.during(build) == {0: True}


def test_a_condition_that_always_holds_is_a_doubt() -> None:
    row = row_of("equivalence", question_of(when="c1 > 0"))
    assert row.status == "warned" and "`c1 > 0` does not hold" in row.detail


def test_the_donor_is_fitted_to_where_the_condition_holds() -> None:
    always = fuse_here("parallel", "Bottleneck", "SE", verify="off", dry_run=True)
    equal = fuse_here("parallel", "Bottleneck", "SE", when="c1 == c2", verify="off", dry_run=True)
    assert always.adapters and not equal.adapters
    assert "self.se = SE(c1)\n" in equal.source


def test_the_command_and_the_pattern_say_it() -> None:
    outcome = fuse_here("parallel", "Bottleneck", "AKConv", verify="off", dry_run=True, **GUARDED)
    assert "pattern     parallel at cv1..cv2 when c1 == c2\n" in outcome.source
    wanted = "fuse parallel Bottleneck AKConv --when 'c1 == c2' --switch use_akconv\n"
    assert wanted in outcome.source


def test_all_options_go_together_in_a_class_that_hands_its_arguments_on(tmp_path: Path) -> None:
    file = tmp_path / "here.py"
    file.write_text(INHERITED, encoding="utf-8")
    outcome = fuse_here(
        "serial",
        f"{file}:Loose",
        "AKConv",
        at="mix",
        when='kernels[0] > 3 and mode == "sum"',
        switch="lively",
        expose=("num_param",),
        init="zero",
        dry_run=True,
    )
    demand_ok(outcome)
    assert '*args, mode="sum", num_param=5, lively=True, **kwargs' in outcome.source
    assert 'self.lively = lively and kernels[0] > 3 and mode == "sum"\n' in outcome.source
    assert set(facts_of(HereWorker.verified).active) == {True, False}


def test_a_flag_is_true_or_false_whatever_the_condition_gives() -> None:
    outcome = fuse_here("serial", "ResNetBottleneck", "SE", when="downsample", dry_run=True)
    demand_ok(outcome)
    assert "self.use_se = bool(downsample)\n" in outcome.source
    chosen = fuse_here("serial", "Bottleneck", "SE", when="shortcut", verify="off", dry_run=True)
    assert "self.use_se = shortcut\n" in chosen.source


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"when": "c1 =="}, "is not Python"),
        ({"when": "c3 == c2"}, "has no `c3`"),
        ({"when": "(c := c1)"}, "no plain condition"),
        ({"when": "self.missing"}, "raises AttributeError"),
        ({"when": "self.cv1 is None"}, "raises AttributeError"),
        ({"switch": "use-it"}, "cannot name an argument"),
        ({"switch": "g"}, "uses already"),
        ({"switch": "add"}, "uses already"),
        ({"switch": "num_param", "expose": ("num_param",)}, "uses already"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        fuse_here("serial", "Bottleneck", "AKConv", **options)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "Middle_AKConv(dim, depth=depth, use_akconv=depth == 2)"),
        ({"switch": "on"}, "Middle_AKConv(dim, depth=depth, on=on and depth == 2)"),
    ],
    ids=["alone", "with-a-switch"],
)
def test_a_host_answers_the_condition_for_what_it_contains(
    options: dict[str, Any], wanted: str, tmp_path: Path
) -> None:
    """To any depth; a condition that is lost on its way is found."""
    file = tmp_path / "here.py"
    file.write_text(HANDING, encoding="utf-8")
    options |= {"at": "parts.*.parts.*.conv", "when": "depth == 2", "dry_run": True}
    outcome = fuse_here("replace", f"{file}:Outer", "AKConv", **options)
    demand_ok(outcome)
    assert wanted in outcome.source and ("on=True" in outcome.source) is ("switch" in options)
    question = HereWorker.verified
    assert set(facts_of(question).active) == {True, False}
    broken = question.subject.source.text.replace("depth == 2)", "depth > 0)")
    row = row_of("equivalence", rewritten(question, broken))
    assert row.status == "failed" and "the host, without the donors," in row.detail


@pytest.mark.parametrize(
    ("host", "at", "when", "message"),
    [
        ("Outer", "parts.*.parts.*.conv", "dim > 64", r"does not hold in Outer\("),
        (
            "Outer",
            "parts.*.parts.*.conv",
            "dim / 0",
            r"where `parts\.\*` is declared .* raises Zero",
        ),
        ("Outer", "parts.*.parts.*.conv", "i > 0", "the constructor of Outer has no `i`"),
        ("Turning", "*.conv", "dim > 40", r"changes between the lines that build `\*`"),
    ],
)
def test_a_condition_that_cannot_be_answered_for_what_is_contained(
    host: str, at: str, when: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "here.py"
    file.write_text(HANDING, encoding="utf-8")
    options: dict[str, Any] = {"at": at, "when": when, "host_args": "dim=64", "dry_run": True}
    with pytest.raises((CannotFuse, UsageError), match=message):
        fuse_here("serial", f"{file}:{host}", "SE", verify="off", **options)


@pytest.mark.parametrize("lost", ["num_param=num_param", "use_akconv=use_akconv"])
def test_a_host_hands_on_the_keywords_of_what_it_contains(lost: str, tmp_path: Path) -> None:
    """To any depth; one that is lost on its way is found."""
    file = tmp_path / "here.py"
    file.write_text(HANDING, encoding="utf-8")
    options: dict[str, Any] = {"at": "parts.*.parts.*.conv", "dry_run": True}
    options |= {"switch": "use_akconv", "expose": ("num_param",)}
    outcome = fuse_here("replace", f"{file}:Outer", "AKConv", **options)
    demand_ok(outcome)
    question = HereWorker.verified
    text: str = question.subject.source.text
    last = text.rindex(lost)
    broken = f"{text[:last]}{text[last + len(lost) :].lstrip(', ')}"
    row = row_of("equivalence", rewritten(question, broken))
    assert row.status == "failed" and lost.split("=")[0] in row.detail


def test_keywords_that_cannot_be_handed_on_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "here.py"
    file.write_text(HANDING, encoding="utf-8")
    with pytest.raises(CannotFuse, match="Aside builds Inner elsewhere than in its constructor"):
        fuse_here("serial", f"{file}:Aside", "SE", at="parts.*.conv", switch="use_se")
    with pytest.raises(UsageError, match="`use_se`, a keyword of the fused Inner, is a name"):
        fuse_here("serial", f"{file}:Taken", "SE", at="parts.*.conv", switch="use_se")


def test_a_class_that_inherits_its_constructor_gets_one(tmp_path: Path) -> None:
    file = tmp_path / "here.py"
    file.write_text(f"{INHERITED}\n\nclass Heir(Plain):\n    pass\n", encoding="utf-8")
    heir = f"{file}:Heir"
    outcome = fuse_here("serial", heir, "SE", when="kernel > 3", switch="use_se", dry_run=True)
    demand_ok(outcome)
    assert "def __init__(self, dim, kernel=5, use_se=True):" in outcome.source


def test_given_arguments_outside_of_the_condition_are_refused() -> None:
    with pytest.raises(CannotFuse, match=r"does not hold in Bottleneck\(c1=64, c2=32\)"):
        fuse_here("serial", "Bottleneck", "SE", when="c1 == c2", host_args="c1=64, c2=32")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    ["parallel Bottleneck", "replace ResNetBottleneck", "replace Bottleneck"],
)
def test_guarded_classes_compile_and_export(command: str) -> None:
    pattern, host = command.split()
    at = {"ResNetBottleneck": "conv1..bn3"}.get(host)
    zero = None if pattern == "replace" else "zero"
    outcome = fuse_here(
        pattern, host, "SE", at=at, switch="on", init=zero, verify="deep", dry_run=True
    )
    demand_ok(outcome)
    deep = {row.name: row.status for row in outcome.report.checks[-3:]}
    assert deep["compiles"] == deep["exports"] == "passed", outcome.report.checks[-3:]
