"""`--expose`: an argument of a donor becomes a keyword of the fused class."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.errors import UsageError
from tests.fusing import HereWorker, demand_ok, fuse_here, rewritten, row_of

HOST = """
import torch
from torch import nn

WIDTH = 3


class Gate(nn.Module):
    def __init__(self, dim, kernel=WIDTH, *, act=nn.SiLU):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel, padding=kernel // 2)
        self.act = act()

    def forward(self, x):
        return self.act(self.conv(x))


class Plain(nn.Module):
    def __init__(self, dim, kernel=5):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel, padding=kernel // 2)

    def forward(self, x):
        return torch.relu(self.conv(x))


class Strict(Plain):
    def __init__(self, dim, *, kernel=5, **rest):
        super().__init__(dim, kernel, **rest)
        self.mix = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return self.mix(self.conv(x))


class Loose(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mix = nn.Conv2d(self.conv.in_channels, self.conv.out_channels, 1)

    def forward(self, x):
        return self.mix(self.conv(x))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "here.py"
    path.write_text(HOST, encoding="utf-8")
    return path


def signature(source: str) -> str:
    """The constructor's parameters of the last class, on one line."""
    text = source[source.rindex("def __init__(") :]
    return " ".join(text[: text.index(":\n        super")].split())


def test_the_keyword_has_the_donors_default_and_annotation() -> None:
    outcome = fuse_here("parallel", "Bottleneck", "AKConv", expose=("num_param",), dry_run=True)
    demand_ok(outcome)
    assert "e: float = 0.5, num_param: int = 5," in signature(outcome.source)
    assert "AKConv(c1, c2, num_param=num_param)" in outcome.source
    assert "fuse parallel Bottleneck AKConv --expose num_param\n" in outcome.source


def test_a_given_value_is_the_default() -> None:
    outcome = fuse_here(
        "serial",
        "Bottleneck",
        "AKConv",
        donor_args=("num_param=7",),
        expose=("num_param",),
        verify="quick",
        dry_run=True,
    )
    demand_ok(outcome)
    assert "num_param: int = 7" in signature(outcome.source)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Plain", "(self, dim, kernel=5, gate_kernel=WIDTH, act=nn.SiLU)"),
        ("Strict", "(self, dim, *, kernel=5, gate_kernel=WIDTH, act=nn.SiLU, **rest)"),
        ("Loose", "(self, *args, gate_kernel=WIDTH, act=nn.SiLU, **kwargs)"),
    ],
)
def test_it_comes_last_under_a_free_name(host: str, expected: str, file: Path) -> None:
    outcome = fuse_here(
        "serial",
        f"{file}:{host}",
        f"{file}:Gate",
        expose=("kernel", "act"),
        verify="quick",
        dry_run=True,
    )
    demand_ok(outcome)
    assert signature(outcome.source).replace("( ", "(").replace(", )", ")").endswith(expected)


def test_a_keyword_that_does_not_reach_its_donor_is_found() -> None:
    fuse_here("serial", "Bottleneck", "AKConv", expose=("num_param",), verify="off", dry_run=True)
    question = HereWorker.verified
    assert row_of("equivalence", question).status == "passed"
    text: str = question.subject.source.text.replace("num_param=num_param)", "num_param=5)")
    row = row_of("equivalence", rewritten(question, text))
    assert row.status == "failed" and "does not reach `num_param` of AKConv" in row.detail


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_donors_of_one_class_the_one_that_was_meant_is_reached(swapped: bool) -> None:
    donors, expose = ("AKConv", "AKConv"), ("2:num_param",)
    fuse_here("serial", "Bottleneck", *donors, expose=expose, verify="off", dry_run=True)
    question = HereWorker.verified
    text: str = question.subject.source.text
    if swapped:
        first, second = "self.akconv = AKConv(c_, c_)", "AKConv(c_, c_, num_param=num_param)"
        assert first in text and second in text
        text = text.replace(second, "AKConv(c_, c_)").replace(first, f"self.akconv = {second}")
    row = row_of("equivalence", rewritten(question, text))
    assert row.status == ("failed" if swapped else "passed"), row.detail


def test_a_keyword_that_nobody_asked_for_is_no_drop_in() -> None:
    fuse_here("serial", "Bottleneck", "AKConv", expose=("num_param",), verify="off", dry_run=True)
    question = HereWorker.verified
    assert row_of("drop_in", question).status == "passed"
    text: str = question.subject.source.text
    text = text.replace("num_param: int = 5,\n", "num_param: int = 5,\n        more: int = 1,\n")
    row = row_of("drop_in", rewritten(question, text))
    assert row.status == "failed" and "more=1" in row.detail


@pytest.mark.parametrize(
    ("words", "donors", "message"),
    [
        (("width",), ("AKConv",), "AKConv has no argument `width`"),
        (("width",), ("AKConv", "SE"), "no donor has an argument `width`"),
        (("2:num_param",), ("AKConv", "SE"), "SE has no argument `num_param`"),
        (("channels",), ("SE", "CBAM"), "several donors have an argument `channels`"),
        (("c1",), ("AKConv",), "the site decides `c1`"),
        (("num_param", "num_param"), ("AKConv",), "given twice"),
        (("3:num_param",), ("AKConv",), "of donor 3, and there are 1"),
        (("num param",), ("AKConv",), "names no argument"),
    ],
)
def test_what_cannot_be_exposed_is_refused(
    words: tuple[str, ...], donors: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        fuse_here("serial", "Bottleneck", *donors, expose=words)
