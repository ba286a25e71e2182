"""Layers of torch that a list holds are exchanged where the host builds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from fusion_cli.fit import exchanging
from fusion_cli.fit.contained import Contained
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.sources import ModuleSource
from fusion_cli.syntax.tree import expression
from tests.fusing import HereWorker, demand_ok, facts_of, fuse_here, rewritten, row_of

HOSTS = """
import torch
from torch import nn
from torch.nn import Conv2d


class Loop(nn.Module):
    def __init__(self, dim=16, n=2):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(dim, dim, 3, padding=1) for _ in range(n)])

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        return x


class Widths(nn.Module):
    def __init__(self, c1=8, widths=(16, 32)):
        super().__init__()
        dims = [c1, *widths]
        self.convs = nn.ModuleList(
            nn.Conv2d(dims[i], dims[i + 1], 3, 2 if i else 1, 1) for i in range(len(widths))
        )

    def forward(self, x):
        for conv in self.convs:
            x = conv(x)
        return x


class Branches(nn.Module):
    def __init__(self, dim=16, k=3):
        super().__init__()
        self.branches = nn.ModuleList()
        for d in (1, 2):
            self.branches.append(Conv2d(dim, dim // 2, k, padding=d * (k // 2), dilation=d))

    def forward(self, x):
        return torch.cat([one(x) for one in self.branches], 1)


class Shrinking(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.convs = nn.ModuleDict({"a": nn.Conv2d(dim, dim, 3), "b": nn.Conv2d(dim, dim, 3)})

    def forward(self, x):
        return sum(conv(x) for conv in self.convs.values())


class Outer(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.stages = nn.Sequential(Loop(dim), Loop(dim, 1))

    def forward(self, x):
        return self.stages(x)


class Numbered(nn.Module):
    def __init__(self, dim=16, n=2):
        super().__init__()
        self.n = n
        for i in range(n):
            self.add_module(f"conv{i}", self.make(dim))

    def make(self, dim):
        return nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        for i in range(self.n):
            x = getattr(self, f"conv{i}")(x)
        return x


class Starred(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(*one) for one in [(dim, dim, 1)]])

    def forward(self, x):
        for conv in self.convs:
            x = conv(x)
        return x


class Direct(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.list = nn.ModuleList([nn.Conv2d(dim, dim, 1), nn.ModuleList([nn.Conv2d(dim, dim, 1)])])
        self.dict = nn.ModuleDict({"a": nn.Conv2d(dim, dim, 1), "b": nn.ReLU()})
        self.grown = nn.ModuleList()
        for k in (1, 3):
            self.grown.append(nn.Conv2d(dim, dim, k, padding=k // 2))

    def forward(self, x):
        x = self.list[1][0](self.list[0](x))
        return self.grown[0](self.dict["a"](x)) + self.grown[1](x)
"""


@pytest.fixture
def hosts(tmp_path: Path) -> str:
    path = tmp_path / "hosts.py"
    path.write_text(HOSTS, encoding="utf-8")
    return str(path)


def put(hosts: str, words: str, **options: Any) -> str:
    """The source of `Host Donor site` by `replace`, which the battery must have passed."""
    host, donor, at = words.split()
    outcome = fuse_here("replace", f"{hosts}:{host}", donor, at=at, dry_run=True, **options)
    demand_ok(outcome)
    return " ".join(outcome.source.split())


@pytest.mark.parametrize(
    ("words", "built"),
    [
        ("Loop AKConv convs.*", "[AKConv(dim, dim) for _ in range(n)]"),
        ("Loop SE convs.*", "[SE(dim) for _ in range(n)]"),
        ("Widths AKConv convs.*", "AKConv(dims[i], dims[i + 1], 2 if i else 1) for i in"),
        ("Branches AKConv branches.*", "self.branches.append(AKConv(dim, dim // 2))"),
        ("Shrinking AKConv convs.a", '"a": nn.Sequential(AKConv(dim, dim), nn.ZeroPad2d(-1)), "b": nn'),
        ("Outer AKConv stages.*.convs.*", "nn.Sequential(Loop_AKConv(dim), Loop_AKConv(dim, 1))"),
        ("Numbered AKConv conv*", "return AKConv(dim, dim)"),
    ],
)  # fmt: skip
def test_the_host_builds_the_donor_instead(words: str, built: str, hosts: str) -> None:
    assert built in put(hosts, words)


@pytest.mark.parametrize(
    ("words", "built"),
    [
        ("Direct AKConv list.0", "[AKConv(dim, dim), nn.ModuleList([nn.Conv2d(dim, dim, 1)])]"),
        ("Direct AKConv list.1.0", "nn.ModuleList([AKConv(dim, dim)])]"),
        ("Direct AKConv dict.a", '{"a": AKConv(dim, dim), "b": nn.ReLU()}'),
        ("Direct AKConv grown.1", "padding=k // 2)) self.grown[1] = AKConv(dim, dim)"),
    ],
)
def test_an_item_that_the_host_calls_by_its_place(words: str, built: str, hosts: str) -> None:
    assert built in put(hosts, words)


def test_options_go_with_it(hosts: str) -> None:
    """Where the flag does not hold the layer is built; a condition that is lost is found."""
    text = put(hosts, "Loop AKConv convs.*", when="dim > 8", switch="on", expose=("num_param",))
    either = "AKConv(dim, dim, num_param=num_param) if on and dim > 8 else nn.Conv2d("
    assert either in text and "def __init__(self, dim=16, n=2, num_param=5, on=True)" in text
    question = HereWorker.verified
    assert set(facts_of(question).active) == {True, False}
    source = question.subject.source.text
    for lost, left in (
        ("on and dim > 8", "on"),
        ("on and dim > 8", "dim > 8"),
        ("if on and", "if"),
    ):
        broken = source.replace(lost, left)
        assert row_of("equivalence", rewritten(question, broken)).status == "failed"


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ("Starred AKConv convs.*", {}, r"starred arguments: nn\.Conv2d\(\*one\)"),
        ("Numbered AKConv conv*", {"switch": "on"}, "elsewhere than in its constructor"),
        ("Numbered AKConv conv*", {"expose": ("num_param",)}, "could not hand on num_param"),
        ("Numbered AKConv conv*", {"when": "n > 1"}, "elsewhere than in its constructor"),
        ("Loop AKConv convs.0", {}, "leaves out `convs.1`"),
        ("Loop SE convs.*", {"init": "zero"}, "nothing at `convs.*` computes"),
    ],
)
def test_refused(words: str, options: dict[str, Any], said: str, hosts: str) -> None:
    with pytest.raises(CannotFuse, match=said):
        put(hosts, words, **options)


@pytest.mark.parametrize(
    ("calls", "signature", "handed"),
    [
        (["C(dim, dim, 3)"], "in_channels", "out_channels=in_channels, kernel_size=3"),
        (["C(a, b, k, bias=False)"], "in_channels, out_channels, kernel_size", "bias=False"),
        (["C(a, a, 3)", "C(a, a, 3, s)"], "in_channels, stride=1", "stride=stride"),
    ],
)
def test_the_layer_takes_only_what_the_host_decides(
    calls: list[str], signature: str, handed: str
) -> None:
    """What each call gives the same constant, `True` or a default too, is no parameter."""
    parameters = (
        *(("in_channels", None), ("out_channels", None), ("kernel_size", None)),
        *(("stride", "1"), ("bias", "True"), ("device", "None")),
    )
    part = Contained("m.*", "block", "m.0", "Conv2d", None, None, (), parameters)
    source = ModuleSource("here.py", "Host", "", Path("here.py"))
    builds = [
        exchanging._bound(cst.ensure_type(expression(one), cst.Call), "Host", part) for one in calls
    ]
    given = exchanging._handed(part, builds)
    own = {name for name, text in given.items() if name == text}
    text = exchanging._layer(source, part, own, given).text
    assert f"def __init__(self, {signature}):" in text
    assert handed in text and "device" not in text


def test_several_donors_have_no_one_place(hosts: str) -> None:
    with pytest.raises(CannotFuse, match="one donor can stand in its place"):
        fuse_here("replace", f"{hosts}:Loop", "SE", "ECA", at="convs.*", dry_run=True)
