"""Sites inside contained modules: the contained class is fused, and the host builds the fused one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.errors import CannotFuse, FuseError, UnknownName
from fusion_cli.render import fused
from fusion_cli.syntax.edits import Edits
from tests.fusing import HereWorker, demand_ok, facts_of, fuse_here

DEEP = """\
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, dim, k=3):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, k, padding=k // 2, groups=dim)
        self.pw = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return x + self.pw(self.dw(x))


class Stage(nn.Module):
    def __init__(self, dim, depth=2):
        super().__init__()
        blocks = []
        for _ in range(depth):
            blocks.append(Unit(dim))
        self.blocks = nn.Sequential(*blocks)
        self.last = Unit(dim, 5)

    def forward(self, x):
        return self.last(self.blocks(x))


class Net(nn.Module):
    def __init__(self, dim=16, stages=2):
        super().__init__()
        self.stem = nn.Conv2d(dim, dim, 1)
        self.stages = nn.ModuleDict({f"stage{i}": Stage(dim) for i in range(stages)})

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages.values():
            x = stage(x)
        return x


class Given(nn.Module):
    def __init__(self, dim=16, layer=Unit):
        super().__init__()
        self.parts = nn.ModuleList(layer(dim) for _ in range(2))

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Encoder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.layers = nn.ModuleList([nn.TransformerEncoderLayer(dim, 2, 16, batch_first=True)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Aliased(nn.Module):
    def __init__(self, dim=16, layer=None):
        super().__init__()
        if layer is None:
            layer = Unit
        self.one = layer(dim)
        self.other = layer(dim)

    def forward(self, x):
        return self.other(self.one(x))


class Mixed(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.parts = nn.ModuleList([Unit(dim), Stage(dim)])

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x
"""


LISTS = """\
import torch.nn.functional as F
from torch import nn


class Lists(nn.Module):
    def __init__(self, dim=32, depth=3):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(dim, dim, 3, padding=1, groups=2) for _ in range(depth))
        self.norms = nn.ModuleList([nn.BatchNorm2d(dim) for _ in range(depth)])
        self.add_module("last", nn.Conv2d(dim, dim, 1))

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = x + F.relu(norm(conv(x)))
        return self.last(x)
"""


@pytest.fixture
def lists(tmp_path: Path) -> str:
    path = tmp_path / "lists.py"
    path.write_text(LISTS)
    return str(path)


NUMBERED = """
from torch import nn


class Part(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


class Whole(nn.Module):
    def __init__(self, dim, depth=2):
        super().__init__()
        self.depth = depth
        for i in range(depth):
            setattr(self, f"part{i}", Part(dim))

    def forward(self, x):
        for i in range(self.depth):
            x = getattr(self, f"part{i}")(x)
        return x
"""


@pytest.mark.parametrize("words", ["serial SE", "parallel CBAM", "concat ECA"])
def test_a_layer_of_torch_in_a_list_is_fused_as_a_subclass(words: str, lists: str) -> None:
    pattern, donor = words.split()
    outcome = fuse_here(pattern, lists, donor, at="convs.*", dry_run=True)
    demand_ok(outcome)
    assert f"class Conv2d_{donor}(nn.Conv2d):" in outcome.source
    assert f"Conv2d_{donor}(dim, dim, 3, padding=1, groups=2) for _ in range" in outcome.source
    assert 'self.add_module("last", nn.Conv2d(dim, dim, 1))' in outcome.source


def test_an_item_of_a_host_without_calls_of_its_own_is_fused_inside(tmp_path: Path) -> None:
    path = tmp_path / "sequence.py"
    path.write_text(
        "from torch import nn\n\n\nclass Sequence(nn.Sequential):\n"
        "    def __init__(self, c1, c2):\n"
        "        super().__init__(nn.Conv2d(c1, c2, 3, padding=1), nn.ReLU())\n"
    )
    outcome = fuse_here("serial", str(path), "SE", at="0", dry_run=True)
    demand_ok(outcome)
    assert "super().__init__(Conv2d_SE(c1, c2, 3, padding=1), nn.ReLU())" in outcome.source


def test_numbered_attributes_are_fused_together(tmp_path: Path) -> None:
    """`setattr(self, f"part{i}", Part(dim))`: one expression builds all, so one place means all."""
    file = tmp_path / "numbered.py"
    file.write_text(NUMBERED, encoding="utf-8")
    outcome = fuse_here("replace", f"{file}:Whole", "AKConv", dry_run=True)
    demand_ok(outcome)
    assert outcome.site.path == "*.conv"


@pytest.fixture
def deep(tmp_path: Path) -> str:
    path = tmp_path / "deep.py"
    path.write_text(DEEP)
    return str(path)


@pytest.mark.parametrize(
    ("words", "built"),
    [
        (
            "replace C2f AKConv --at m.*.cv1",
            "Bottleneck_AKConv(self.c, self.c, shortcut, g, e=1.0)",
        ),
        (
            "parallel C2f CBAM --at m.*.cv1..cv2",
            "Bottleneck_CBAM(self.c, self.c, shortcut, g, e=1.0)",
        ),
        ("serial C2f SE --at m.*", "Bottleneck_SE(self.c, self.c, shortcut, g, e=1.0)"),
        ("concat C3 SE --at m.*.cv2.conv", "Bottleneck_SE(c_, c_, shortcut, g, k=(1, 3), e=1.0)"),
        ("serial here:Net SE --at stages.*.blocks.*.dw", "blocks.append(Unit_SE(dim))"),
        ("replace here:Net ECA --at stages.*.last.pw", "self.last = Unit_ECA(dim, 5)"),
        ("parallel here:Stage SE --at last.block", "self.last = Unit_SE(dim, 5)"),
    ],
)
def test_the_host_builds_the_fused_class(words: str, built: str, deep: str, tmp_path: Path) -> None:
    pattern, host, donor, _, at = words.replace("here", deep).split()
    outcome = fuse_here(pattern, host, donor, at=at, dry_run=True)
    demand_ok(outcome)
    assert built in outcome.source
    assert outcome.site.path == at.removesuffix(".*") + ".*.block" * at.endswith(".*")


def test_nothing_that_is_not_built_any_more_is_carried() -> None:
    source = fuse_here("replace", "C2f", "AKConv", at="m.*.cv1", dry_run=True).source
    classes = [line.split("(")[0] for line in source.splitlines() if line.startswith("class ")]
    assert classes == ["class Conv", "class AKConv", "class Bottleneck_AKConv", "class C2f_AKConv"]


@pytest.mark.parametrize(
    ("host", "at", "error", "said"),
    [
        ("C2f", "m.0.cv1", CannotFuse, "leaves out `m.1`"),
        ("C2f", "m.7.cv1", UnknownName, "m.7.cv1"),
        ("C2f", "k.*.cv1", UnknownName, "k.*.cv1"),
        ("here:Stage", "blocks.*.dw..pw.dw", FuseError, "pw.dw"),
        ("here:Given", "parts.*.dw", CannotFuse, "does not name the class"),
        ("here:Aliased", "one.dw", CannotFuse, "leaves out `other`"),
        ("here:Net", "stages.stage0.*.*.dw", CannotFuse, "leaves out `stages.stage1`"),
        ("here:Mixed", "parts.*", CannotFuse, "Stage and Unit"),
        ("here:Encoder", "layers.*.linear1", CannotFuse, "torch's own TransformerEncoderLayer"),
    ],
)
def test_refused(host: str, at: str, error: type[FuseError], said: str, deep: str) -> None:
    with pytest.raises(error) as caught:
        fuse_here("serial", host.replace("here", deep), "SE", at=at, dry_run=True)
    assert said in caught.value.message


def test_a_host_that_still_builds_the_old_class_is_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgetful(Edits):
        def __init__(self) -> None:
            super().__init__()
            self.expressions = _Deaf()

    class _Deaf(dict):  # type: ignore[type-arg]
        def __setitem__(self, key: object, value: object) -> None:
            pass

    monkeypatch.setattr(fused, "Edits", Forgetful)
    outcome = fuse_here("serial", "C2f", "SE", at="m.*.cv1", dry_run=True)
    assert "equivalence" in {row.name for row in outcome.report.rejected_by(strict=False)}


def test_the_battery_applies_the_pattern_to_every_item() -> None:
    demand_ok(fuse_here("serial", "C2f", "SE", at="m.*.cv1", dry_run=True))
    application = facts_of(HereWorker.verified).application
    assert (application.within, application.inner) == ("m.*", "Bottleneck")
