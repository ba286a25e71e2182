"""The search for arguments and inputs is led by what the errors and the file itself say."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fusion_cli.model.errors import CannotConstruct
from fusion_cli.model.observation import Observation
from fusion_cli.resolve.evidence import read_evidence
from fusion_cli.runtime.load import load
from fusion_cli.runtime.observe import search
from fusion_cli.runtime.observe.search import observe
from tests.fusing import demand_ok, fuse_here

IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"


def see(body: str, **options: Any) -> Observation:
    """Observe the class `M` of a file with this body."""
    text = IMPORTS + dedent(body)
    namespace = load(text, "/tmp/search.py")
    return observe(namespace["M"], namespace, read_evidence(text, "M"), **options)


FOUND = {
    "a train that returns nothing": (
        """
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 1)
            def train(self, mode=True):
                super().train(mode)
            def forward(self, x): return self.conv(x)
        """,
        {},
    ),
    "a size that the model insists on": (
        """
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 3, 2)
            def forward(self, x):
                assert x.shape[-1] == 28, f"input size {x.shape[-1]} doesn't match model (28)"
                return self.conv(x)
        """,
        {},
    ),
    "the width of a map beside its height": (
        """
        class M(nn.Module):
            def __init__(self, units, width=16, height=16, heads=4):
                super().__init__()
                self.conv, self.heads = nn.Conv2d(units, units, 1), heads
                self.table = nn.Parameter(torch.zeros(heads, units // heads, width * height))
            def forward(self, x):
                b, c, w, h = x.shape
                q = self.conv(x).view(b, self.heads, c // self.heads, -1)
                k = q.transpose(2, 3) @ q + self.table.transpose(1, 2) @ q
                return (q @ k).view(b, c, w, h)
        """,
        {},
    ),
    "lists that must be longer": (
        """
        class M(nn.Module):
            def __init__(self, dims: list[int], depths: list[int]):
                super().__init__()
                pairs = [(dims[i], depths[i]) for i in range(4)]
                self.conv = nn.Conv2d(pairs[0][0], pairs[3][0], 1)
            def forward(self, x): return self.conv(x)
        """,
        {"dims": "[64, 64, 64, 64]", "depths": "[1, 1, 1, 1]"},
    ),
    "a string that the file compares with": (
        """
        class M(nn.Module):
            def __init__(self, dim, pooling):
                super().__init__()
                if pooling == "median":
                    self.conv = nn.Conv2d(dim, dim, 1)
                else:
                    raise ValueError(pooling)
            def forward(self, x): return self.conv(x)
        """,
        {"pooling": '"median"'},
    ),
    "a block of the file": (
        """
        class Plain(nn.Module):
            expansion = 2
            def __init__(self, width):
                super().__init__()
                self.conv = nn.Conv2d(width, width * self.expansion, 1)
            def forward(self, x): return self.conv(x)

        class M(nn.Module):
            def __init__(self, block, dim):
                super().__init__()
                self.body = block(dim)
                self.out = nn.Conv2d(dim * block.expansion, dim, 1)
            def forward(self, x): return self.out(self.body(x))
        """,
        {"block": "Plain"},
    ),
    "a configuration object": (
        """
        class Settings:
            def __init__(self, width: int, kernel: int, bias=True):
                self.width, self.kernel = width, kernel

        class M(nn.Module):
            def __init__(self, cfg: "Settings"):
                super().__init__()
                self.conv = nn.Conv2d(cfg.width, cfg.width, cfg.kernel, padding=cfg.kernel // 2)
            def forward(self, x): return self.conv(x)
        """,
        {"cfg": "Settings(width=64, kernel=3)"},
    ),
    "a layer that the file does not import": (
        """
        class M(nn.Module):
            def __init__(self, dim, act=None):
                super().__init__()
                self.conv, self.act = nn.Conv2d(dim, dim, 1), act()
            def forward(self, x): return self.act(self.conv(x))
        """,
        {"act": "nn.ReLU"},
    ),
    "a layer that is read of the keywords": (
        """
        class M(nn.Module):
            def __init__(self, dim, **kwargs):
                super().__init__()
                self.conv, self.norm = nn.Conv2d(dim, dim, 1), kwargs.get("norm_layer")(dim)
            def forward(self, x): return self.norm(self.conv(x))
        """,
        {"norm_layer": "nn.BatchNorm2d"},
    ),
    "lists that are empty by default": (
        """
        class M(nn.Module):
            def __init__(self, widths=(), depths=(), heads=()):
                super().__init__()
                self.conv = nn.Conv2d(widths[0], widths[3] * depths[3] * heads[0], 1)
            def forward(self, x): return self.conv(x)
        """,
        {"widths": "(64, 64, 64, 64)", "depths": "(1, 1, 1, 1)", "heads": "(4, 4, 4, 4)"},
    ),
    "a default layer that does not fit": (
        """
        class Padded(nn.Conv2d):
            def __init__(self, width, out, kernel, stride):
                super().__init__(width, out, kernel, stride, kernel // 2)

        class M(nn.Module):
            def __init__(self, dim, conv_block=Padded):
                super().__init__()
                self.conv, self.pool = conv_block(dim, dim, 3, 2), nn.MaxPool2d(3, 2)
            def forward(self, x): return torch.cat((self.conv(x), self.pool(x)), 1)
        """,
        {"conv_block": "nn.Conv2d"},
    ),
    "a number that no error names": (
        """
        class M(nn.Module):
            def __init__(self, dim, parts=1):
                super().__init__()
                self.convs = nn.ModuleList(nn.Conv2d(dim // 2, dim // 2, 1) for _ in range(parts))
            def forward(self, x):
                return torch.cat([f(y) for f, y in zip(self.convs, x.chunk(2, 1))], 1) + x
        """,
        {"parts": "2"},
    ),
    "what a configuration leaves open": (
        """
        from dataclasses import dataclass

        @dataclass
        class Settings:
            heads: int = 4
            window_size: tuple[int, int] | None = None

        class M(nn.Module):
            def __init__(self, dim, cfg: Settings = Settings()):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 1, groups=cfg.window_size[0] // cfg.heads)
            def forward(self, x): return self.conv(x)
        """,
        {"cfg": "Settings(window_size=(4, 4))"},
    ),
    "how many blocks": (
        """
        class M(nn.Module):
            def __init__(self, dim, blocks_per_stage: int):
                super().__init__()
                self.body = nn.Sequential(*(nn.Conv2d(dim, dim, 1) for _ in range(blocks_per_stage)))
            def forward(self, x): return self.body(x)
        """,
        {"blocks_per_stage": "1"},
    ),
    "the padding that keeps the map": (
        """
        class M(nn.Module):
            def __init__(self, in_planes, out_planes, kernel_size, stride=1, padding=0):
                super().__init__()
                self.conv = nn.Conv2d(in_planes, out_planes, kernel_size, stride, padding)
            def forward(self, x): return self.conv(x)
        """,
        {"kernel_size": "3", "padding": "1"},
    ),
    "an option that a part calls otherwise": (
        """
        class Part(nn.Module):
            def __init__(self, dim, forward):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 1)
                if forward == "slicing":
                    self.run = self.conv
                elif forward == "split_cat":
                    self.run = self.conv
                else:
                    raise NotImplementedError
            def forward(self, x): return self.run(x)

        class M(nn.Module):
            def __init__(self, dim, pconv_fw_type):
                super().__init__()
                self.part = Part(dim, pconv_fw_type)
            def forward(self, x): return self.part(x)
        """,
        {"pconv_fw_type": '"slicing"'},
    ),
    "no padding where the class pads by itself": (
        """
        class M(nn.Module):
            def __init__(self, dim, kernel_size, padding=0):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, kernel_size, padding=padding + kernel_size // 2)
            def forward(self, x): return self.conv(x)
        """,
        {"kernel_size": "3", "padding": None},
    ),
}

SIZED = """
class M(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
        self.fc = nn.Linear(dim, dim)
    def forward(self, x, hw_shape):
        H, W = hw_shape
        y = x.transpose(1, 2).reshape(x.shape[0], -1, H, W)
        return self.fc(x + self.conv(y).flatten(2).transpose(1, 2))
"""


def test_height_and_width_in_one_tuple() -> None:
    seen = see(SIZED)
    assert str(seen.contract) == "b n c, (h, w) -> b n c"
    assert seen.base.inputs == ((2, 256, 64), (), ())


def test_a_host_that_takes_a_tuple_is_fused(tmp_path: Path) -> None:
    path = tmp_path / "sized.py"
    path.write_text(IMPORTS + SIZED)
    outcome = fuse_here("serial", str(path), "SE", at="conv", dry_run=True)
    demand_ok(outcome, strict=True)
    assert "    y = block(x, (h, w))\n" in outcome.source


def test_a_sequence_may_come_before_the_batch() -> None:
    seen = see("""
        class M(nn.Module):
            def __init__(self, dim, nclass):
                super().__init__()
                self.fc = nn.Linear(dim, nclass)
            def forward(self, x): return self.fc(x.mean(2).permute(2, 0, 1))
        """)
    assert str(seen.contract) == "b c1 h w -> w b c2"


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found(name: str) -> None:
    body, expected = FOUND[name]
    args = see(body).base.args
    assert {key: args.get(key) for key in expected} == expected


def refusal(body: str, **options: Any) -> CannotConstruct:
    with pytest.raises(CannotConstruct) as caught:
        see(body, **options)
    return caught.value


def test_a_forward_that_raises_shows_its_line_and_what_to_give() -> None:
    error = refusal(
        """
        class M(nn.Module):
            def __init__(self, dim=64, mode="a"):
                super().__init__()
                self.conv, self.mode = nn.Conv2d(dim, dim, 1), mode
            def forward(self, x):
                y = self.conv(x)
                raise RuntimeError("not today")
        """,
        option="--donor-args",
    )
    assert "cannot be run on 2×64×16×16: RuntimeError: not today" in error.message
    assert 'raise RuntimeError("not today")' in error.lines
    assert error.hint.startswith('say how to build it: --donor-args "dim=..., mode=..." for M(dim')


@pytest.mark.parametrize(
    "line",
    ["return self.conv(x) + undefined", "raise NotImplementedError"],
    ids=["a name", "nothing"],
)
def test_a_fault_of_the_file_is_not_laid_on_the_arguments(line: str) -> None:
    error = refusal(f"""
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 1)
            def forward(self, x):
                {line}
        """)
    assert line in error.lines and "mend the file" in error.hint


def test_an_option_that_is_not_known_is_asked_for() -> None:
    error = refusal("""
        class M(nn.Module):
            def __init__(self, dim, kind):
                super().__init__()
                if len(kind) < 70:
                    raise NotImplementedError
            def forward(self, x): return x
        """)
    assert error.hint.startswith("say how to build it") and "kind=..." in error.hint


def _class(forward: str, init: str = "self") -> str:
    return f"""
        class M(nn.Module):
            def __init__({init}):
                super().__init__()
            {forward}
        """


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "`M` has no forward of its own: name a class that has one"),
        ("def forward(self): return torch.ones(2, 3)", "`M.forward` takes no input"),
        ("def forward(self, x): return x.keys()", "`M.forward` reads `.keys` of what it is given"),
        ("def forward(self, x): import absent", "install the package that it names"),
    ],
    ids=["no forward", "no input", "no tensor", "a package"],
)
def test_what_no_arguments_can_mend_is_said(body: str, told: str) -> None:
    assert told in refusal(_class(body, "self, dim")).hint


def test_the_kinds_of_what_is_to_be_given_are_told() -> None:
    body = _class("def forward(self, x): return x", "self, layers: 'dict[str, str]', dim=64")
    body = body.replace("super().__init__()", "super().__init__(); self.names = layers.items()")
    assert refusal(body).hint == (
        'say how to build it: --host-args "layers=..." for M(layers, dim=64), '
        "where layers: dict[str, str]"
    )


def test_the_error_is_that_of_the_feed_that_came_furthest() -> None:
    """Channels-last is what it takes: that a map fails at once says nothing."""
    error = refusal("""
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.norm, self.fc = nn.LayerNorm(dim), nn.Linear(dim, dim)
            def forward(self, x):
                assert x.dim() == 4
                x = self.fc(self.norm(x))
                raise RuntimeError("deep inside")
        """)
    assert "2×16×16×64: RuntimeError: deep inside" in error.message


def test_no_more_tokens_are_fed_than_attention_can_take() -> None:
    text = IMPORTS + dedent("""
        SEEN = []
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.fc = nn.Linear(16, 16)
            def forward(self, x):
                b, n, c = x.shape
                SEEN.append(n)
                self.fc(x)
                raise RuntimeError(f"the size is not {224 * 224}")
        """)
    namespace = load(text, "/tmp/search.py")
    with pytest.raises(CannotConstruct):
        observe(namespace["M"], namespace, read_evidence(text, "M"))
    assert 1024 < max(namespace["SEEN"]) <= 4096


def test_a_search_in_vain_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it did, whatever the clock says."""
    monkeypatch.setattr(search, "MOST_WORK", 2**28)
    text = IMPORTS + dedent("""
        BUILT, RUN = [], []
        class M(nn.Module):
            def __init__(self, a, b, c, d, e, f=None, g=None):
                super().__init__()
                BUILT.append(a)
            def forward(self, x, y):
                RUN.append(x.shape)
                raise RuntimeError(f"size {x.shape} {y.shape}: a b c d e f g")
        """)
    namespace = load(text, "/tmp/search.py")
    with pytest.raises(CannotConstruct):
        observe(namespace["M"], namespace, read_evidence(text, "M"))
    assert 1 < len(namespace["BUILT"]) <= 20
    assert len(namespace["BUILT"] + namespace["RUN"]) <= 2**28 // 2**20 + 1


def test_what_takes_much_is_tried_less(monkeypatch: pytest.MonkeyPatch) -> None:
    body = """
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 3, padding=1)
            def forward(self, x):
                for _ in range({}): x = self.conv(x)
                return x
        """
    seen = [see(body.format(times)) for times in (1, 1500)]
    assert [any("takes much" in note for note in one.notes) for one in seen] == [False, True]
    assert len(seen[1].runs) < len(seen[0].runs)
