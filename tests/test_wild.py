"""Files in the manner of the wild: each is a host and a donor, and what is written is verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fusion_cli.model.errors import BadFile
from fusion_cli.model.outcomes import FuseOutcome
from tests.conftest import TESTS
from tests.fusing import demand_ok, fuse_here, fused_class

WILD = TESTS / "data" / "wild"


@dataclass(frozen=True)
class Wild:
    """A file, the words that a file written of it has and lacks, and what the notes say."""

    ref: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


FILES = {
    one.ref.partition(".")[0]: one
    for one in (
        Wild(
            "command_line.py",
            has=("SLOPE = 0.1",),
            lacks=("argparse", "manual_seed", "cudnn", "set_default_dtype", "numpy", "mixer.pth"),
            said=("not carried over", "and 5 more", "arguments from the file's demo"),
        ),
        Wild(
            "forgotten_imports.py",
            has=("import math", "def autopad(", "class Conv("),
            said=("`Conv`, `autopad`, `math`", "without an import: supplied"),
        ),
        Wild(
            "heirs.py:Leaf",
            has=(
                "class Base(nn.Module)",
                "class Middle(Base)",
                "MOMENTUM = 0.03",
                "@property\n    def hidden",
                "kinds = {",
            ),
            lacks=("OtherLeaf",),
        ),
        Wild("looped.py", has=("self.add_module(", "setattr(self,", "(total := sum(widths))")),
        Wild(
            "notes_below.py",
            lacks=("backbone", "yolov8"),
            said=("used up to line 16: line 17 is no Python", "the `__main__` block"),
        ),
        Wild(
            "optional_import.py",
            has=("try:\n    from a_fast_kernel import fast_scan", "HAVE_OPS = False"),
        ),
        Wild("own_builtins.py", has=("To a multiple.",), lacks=("def round(", "def sum(")),
        Wild(
            "stars.py",
            has=("class ConvAct(", "GAIN = 1.5", "sigmoid"),
            lacks=("import *", "class Linear"),
        ),
    )
}


def verified(pattern: str, host: str, donor: str, **options: object) -> FuseOutcome:
    """The fusion, which no check may fail or warn of."""
    outcome = fuse_here(pattern, host, donor, dry_run=True, **options)
    demand_ok(outcome, strict=True)
    return outcome


def assert_as_wild(outcome: FuseOutcome, wild: Wild) -> None:
    assert [text for text in wild.has if text not in outcome.source] == []
    assert [text for text in wild.lacks if text in outcome.source] == []
    assert [text for text in wild.said if text not in "\n".join(outcome.notes)] == []


@pytest.mark.parametrize("name", FILES)
def test_as_host(name: str) -> None:
    wild = FILES[name]
    assert_as_wild(verified("serial", str(WILD / wild.ref), "SE", verify="quick"), wild)


@pytest.mark.parametrize("name", FILES)
def test_as_donor(name: str) -> None:
    wild = FILES[name]
    assert_as_wild(verified("replace", "Bottleneck", str(WILD / wild.ref), verify="quick"), wild)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["serial", "replace", "parallel"])
@pytest.mark.parametrize("name", FILES)
def test_with_every_check(name: str, pattern: str) -> None:
    wild = FILES[name]
    assert_as_wild(verified(pattern, "ResNetBottleneck", str(WILD / wild.ref)), wild)
    if pattern != "replace":
        assert_as_wild(verified(pattern, str(WILD / wild.ref), "SE"), wild)


def test_names_and_encodings_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "注意力 [v2] - copy (1).py"
    text = (WILD / "looped.py").read_text().replace("Branches of", "分支:")
    path.write_bytes((text + "\n使用方法: 放到 block.py\nnc: 80\n  - [-1, 1]\n").encode("gb18030"))
    outcome = verified("serial", f"{path}:Looped", "SE", verify="quick")
    assert "host        Looped of 注意力 [v2] - copy (1).py" in outcome.source
    assert any("is read as GB18030" in one for one in outcome.notes)
    assert any("is no Python" in one for one in outcome.notes)


def test_one_helper_name_with_two_bodies() -> None:
    """Both survive, the donor's under a name of its own."""
    pair = WILD.parent / "pair"
    outcome = verified("serial", str(pair / "host.py"), f"{pair / 'donor.py'}:Donor")
    assert "Conv of the host's repository." in outcome.source
    assert "Another Conv: with a norm." in outcome.source
    assert outcome.source.count("\nclass Conv(") == outcome.source.count("\nclass DonorConv(") == 1
    assert outcome.source.count("\ndef autopad(") == 1  # the same body: one for both


def test_a_host_that_hides_builtins_leaves_the_donors_alone() -> None:
    hosts, donors = WILD / "own_builtins.py", WILD / "real_builtins.py"
    outcome = verified("serial", str(hosts), str(donors), verify="quick")
    fused = fused_class(outcome)
    assert "hidden = rounded_round(c2 // 2)" in fused and "rounded_sum(x, y)" in fused
    assert "range(round(4 * ratio))" in outcome.source


def test_a_package_that_is_really_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "block.py"
    path.write_text("from nobody_has.ops import scan\n" + (WILD / "one_root.py").read_text())
    with pytest.raises(BadFile) as caught:
        fuse_here("replace", "Bottleneck", str(path))
    assert "needs the package `nobody_has`" in caught.value.message
    assert "block.py:1" in caught.value.lines


def test_the_smoke_test_feeds_a_list_where_forward_takes_one(tmp_path: Path) -> None:
    path = tmp_path / "joined.py"
    path.write_text(
        "import torch\nfrom torch import nn\n\n\nclass Joined(nn.Module):\n"
        "    def __init__(self, c1, c2):\n        super().__init__()\n"
        "        self.cv = nn.Conv2d(2 * c1, c2, 1)\n\n"
        "    def forward(self, x):\n        return self.cv(torch.cat(x, 1))\n"
    )
    outcome = verified("serial", str(path), "SE", at="cv", verify="quick")
    assert "    y = block([x, x2])\n" in outcome.source
