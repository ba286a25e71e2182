"""Classes of every kind are built, run and understood without help, or refused in clear words."""

from __future__ import annotations

import ast
import pickle
import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import torch
from torch import nn

from fusion_cli.model.contract import parse
from fusion_cli.model.errors import BadFile, CannotConstruct, UsageError
from fusion_cli.model.observation import Observation
from fusion_cli.resolve.evidence import read_evidence
from fusion_cli.runtime.load import load
from fusion_cli.runtime.observe.search import observe
from tests.conftest import ROOT

ROOMS = ROOT / "fusion_cli" / "zoo"
ZOO = sorted(one for room in ("hosts", "donors") for one in (ROOMS / room).glob("[a-z]*.py"))
IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"


def see(body: str, name: str = "M", given: str | None = None, **options: Any) -> Observation:
    """Observe the class `name` of a file with this body."""
    text = IMPORTS + dedent(body)
    namespace = load(text, "/tmp/block.py")
    return observe(namespace[name], namespace, read_evidence(text, name), given, **options)


MODULES = {
    "map": (
        """
        class M(nn.Module):
            def __init__(self, c1, c2, k=3, s=1):
                super().__init__()
                self.conv = nn.Conv2d(c1, c2, k, s, k // 2)
            def forward(self, x): return self.conv(x)
        """,
        "b c1 h w -> b c2 h w",
        {"in": "c1", "out": "c2", "stride": "s"},
    ),
    "one-width": (
        """
        class M(nn.Module):
            def __init__(self, dim, reduction=16):
                super().__init__()
                self.fc = nn.Conv2d(dim, dim, 1)
            def forward(self, x): return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
        """,
        "b c h w -> b c h w",
        {"in": "dim"},
    ),
    "ignored-out": (
        """
        class M(nn.Module):
            def __init__(self, c1, c2):
                super().__init__()
                self.conv = nn.Conv2d(c1, c1, 1)
            def forward(self, x): return self.conv(x)
        """,
        "b c h w -> b c h w",
        {"in": "c1"},
    ),
    "no-arguments": (
        """
        class M(nn.Module):
            def forward(self, x): return x * x.sigmoid()
        """,
        "b c h w -> b c h w",
        {},
    ),
    "fixed-width": (
        """
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(48, 24, 3, 2, 1)
            def forward(self, x): return self.conv(x)
        """,
        "b 48 h w -> b 24 h/2 w/2",
        {},
    ),
    "tied-widths": (
        """
        class M(nn.Module):
            def __init__(self, inp, oup):
                super().__init__()
                self.conv = nn.Conv2d(inp, oup, 1)
            def forward(self, x): return x + self.conv(x)
        """,
        "b c h w -> b c h w",
        {"in": "inp", "out": "oup"},
    ),
    "expansion": (
        """
        class M(nn.Module):
            expansion = 4
            def __init__(self, inplanes, planes, stride=1, downsample=None):
                super().__init__()
                self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1)
                self.conv2 = nn.Conv2d(planes, planes * self.expansion, 1)
                self.downsample = downsample
            def forward(self, x):
                shortcut = x if self.downsample is None else self.downsample(x)
                return shortcut + self.conv2(self.conv1(x))
        """,
        "b c h w -> b c h w",
        {"in": "inplanes", "out": "planes", "stride": "stride"},
    ),
    "odd-names": (
        """
        class M(nn.Module):
            def __init__(self, eingang, ausgang):
                super().__init__()
                self.conv = nn.Conv2d(eingang, ausgang, 1)
            def forward(self, x): return self.conv(x)
        """,
        "b c1 h w -> b c2 h w",
        {"in": "eingang", "out": "ausgang"},
    ),
    "tokens": (
        """
        class M(nn.Module):
            def __init__(self, embed_dim, num_heads, qkv_bias=False):
                super().__init__()
                self.heads = num_heads
                self.qkv = nn.Linear(embed_dim, embed_dim * 3, bias=qkv_bias)
            def forward(self, x):
                B, N, C = x.shape
                q, k, v = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).unbind(2)
                return F.scaled_dot_product_attention(q, k, v).reshape(B, N, C)
        """,
        "b n c -> b n c",
        {"in": "embed_dim"},
    ),
    "channels-last": (
        """
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.norm = nn.LayerNorm(dim)
            def forward(self, x):
                B, H, W, C = x.shape
                return self.norm(x)
        """,
        "b h w c -> b h w c",
        {"in": "dim"},
    ),
    "tokens-with-size": (
        """
        class M(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
            def forward(self, x, H, W):
                B, N, C = x.shape
                x = self.conv(x.transpose(1, 2).view(B, C, H, W))
                return x.flatten(2).transpose(1, 2)
        """,
        "b n c, h, w -> b n c",
        {"in": "dim"},
    ),
    "two-inputs": (
        """
        class M(nn.Module):
            def __init__(self, channels=64, r=4):
                super().__init__()
                self.conv = nn.Conv2d(channels, channels, 1)
            def forward(self, x, residual):
                w = self.conv(x + residual).sigmoid()
                return x * w + residual * (1 - w)
        """,
        "b c h w, b c h w -> b c h w",
        {"in": "channels"},
    ),
    "list-input": (
        """
        class M(nn.Module):
            def forward(self, xs): return torch.cat(xs, 1)
        """,
        "[b c h w, b c h w] -> b c*2 h w",
        {},
    ),
    "item-of-a-list": (
        """
        class M(nn.Module):
            def forward(self, xs): return xs[1]
        """,
        "[b c h w, b c h w] -> b c h w",
        {},
    ),
    "keywords-passed-on": (
        """
        class M(nn.Module):
            def __init__(self, in_channels, out_channels, **kwargs):
                super().__init__()
                self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **kwargs)
            def forward(self, x): return self.conv(x)
        """,
        "b c1 h w -> b c2 h-2 w-2",
        {"in": "in_channels", "out": "out_channels"},
    ),
    "list-output": (
        """
        class M(nn.Module):
            def __init__(self, nin, nout):
                super().__init__()
                self.a, self.b = nn.Conv2d(nin, nout, 1), nn.Conv2d(nin, nin, 3, 2, 1)
            def forward(self, x): return [self.a(x), (self.b(x), None)]
        """,
        "b c1 h w -> b c2 h w, b c1 h/2 w/2",
        {"in": "nin", "out": "nout"},
    ),
    "with-context": (
        """
        class M(nn.Module):
            def __init__(self, dim, context_dim=96):
                super().__init__()
                self.q, self.kv = nn.Linear(dim, dim), nn.Linear(context_dim, dim * 2)
            def forward(self, x, context):
                k, v = self.kv(context).chunk(2, -1)
                return F.scaled_dot_product_attention(self.q(x), k, v)
        """,
        "b n c, b 24 96 -> b n c",
        {"in": "dim"},
    ),
    "channel-gate": (
        """
        class M(nn.Module):
            def __init__(self, in_planes, ratio=4):
                super().__init__()
                self.fc = nn.Conv2d(in_planes, in_planes, 1)
            def forward(self, x): return self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
        """,
        "b c h w -> b c 1 1",
        {"in": "in_planes"},
    ),
    "space-gate": (
        """
        class M(nn.Module):
            def __init__(self, kernel_size=7):
                super().__init__()
                self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2)
            def forward(self, x):
                return self.conv(torch.cat([x.mean(1, True), x.amax(1, True)], 1)).sigmoid()
        """,
        "b c h w -> b 1 h w",
        {},
    ),
    "upsampling": (
        """
        class M(nn.Module):
            def __init__(self, in_channels, scale=2):
                super().__init__()
                self.up = nn.PixelShuffle(scale)
                self.conv = nn.Conv2d(in_channels, in_channels, 1)
            def forward(self, x): return self.up(self.conv(x))
        """,
        "b c h w -> b c/4 h*2 w*2",
        {"in": "in_channels"},
    ),
    "layer-factory": (
        """
        class M(nn.Module):
            def __init__(self, dim, norm_layer, act_layer):
                super().__init__()
                self.body = nn.Sequential(nn.Conv2d(dim, dim, 1), norm_layer(dim), act_layer())
            def forward(self, x): return self.body(x)
        """,
        "b c h w -> b c h w",
        {"in": "dim"},
    ),
    "resolution": (
        """
        class M(nn.Module):
            def __init__(self, dim, input_resolution, window_size):
                super().__init__()
                self.H, self.W = input_resolution
                self.ws = window_size
                self.proj = nn.Linear(dim, dim)
            def forward(self, x):
                B, L, C = x.shape
                assert L == self.H * self.W, "input feature has wrong size"
                x = x.view(B, self.H // self.ws, self.ws, self.W // self.ws, self.ws, C)
                return self.proj(x).reshape(B, L, C)
        """,
        "b 256 c -> b 256 c",
        {"in": "dim"},
    ),
    "size-in-error": (
        """
        class M(nn.Module):
            def __init__(self, dim, img_size=32):
                super().__init__()
                self.pos = nn.Parameter(torch.zeros(1, dim, img_size, img_size))
            def forward(self, x): return x + self.pos
        """,
        "b c 32 32 -> b c 32 32",
        {"in": "dim"},
    ),
    "choice-in-error": (
        """
        class M(nn.Module):
            def __init__(self, channels, mode):
                super().__init__()
                if mode not in ("alpha", "beta"):
                    raise ValueError(f"mode must be 'alpha' or 'beta', not {mode}")
                self.conv = nn.Conv2d(channels, channels, 1)
            def forward(self, x): return self.conv(x)
        """,
        "b c h w -> b c h w",
        {"in": "channels"},
    ),
    "divisibility": (
        """
        class M(nn.Module):
            def __init__(self, d_model, d_hidden, h):
                super().__init__()
                assert d_model % h == 0, "d_model must be divisible by h"
                self.a, self.b = nn.Linear(d_model, d_hidden), nn.Linear(d_hidden, d_model)
            def forward(self, x):
                B, N, C = x.shape
                return self.b(self.a(x))
        """,
        "b n c -> b n c",
        {"in": "d_model"},
    ),
    "inherited": (
        """
        class Base(nn.Module):
            def __init__(self, ch_in, ch_out, act=True):
                super().__init__()
                self.conv = nn.Conv2d(ch_in, ch_out, 1)
            def forward(self, x): return self.conv(x)
        class M(Base):
            def __init__(self, *args, **kwargs): super().__init__(*args, **kwargs)
        """,
        "b c1 h w -> b c2 h w",
        {"in": "ch_in", "out": "ch_out"},
    ),
    "keyword-only": (
        """
        class M(nn.Module):
            def __init__(self, *, cin: int, cout: int, bias: bool, drop: float):
                super().__init__()
                self.body = nn.Sequential(nn.Conv2d(cin, cout, 1, bias=bias), nn.Dropout(drop))
            def forward(self, x): return self.body(x)
        """,
        "b c1 h w -> b c2 h w",
        {"in": "cin", "out": "cout"},
    ),
    "series": (
        """
        class M(nn.Module):
            def __init__(self, in_channel, out_channel):
                super().__init__()
                self.conv = nn.Conv1d(in_channel, out_channel, 3, padding=1)
            def forward(self, x): return self.conv(x)
        """,
        "b c1 n -> b c2 n",
        {"in": "in_channel", "out": "out_channel"},
    ),
    "patch-embedding": (
        """
        class M(nn.Module):
            def __init__(self, in_chans=3, embed_dim=96, patch=4):
                super().__init__()
                self.proj = nn.Conv2d(in_chans, embed_dim, patch, patch)
            def forward(self, x): return self.proj(x).flatten(2).transpose(1, 2)
        """,
        "b c1 h w -> b h*w/16 c2",
        {"in": "in_chans", "out": "embed_dim"},
    ),
    "decoder": (
        """
        class M(nn.Module):
            def __init__(self, in_ch, out_ch):
                super().__init__()
                self.up = nn.ConvTranspose2d(in_ch, out_ch, 2, 2)
                self.conv = nn.Conv2d(out_ch * 2, out_ch, 3, padding=1)
            def forward(self, x, skip): return self.conv(torch.cat([self.up(x), skip], 1))
        """,
        "b c h w, b c h*2 w*2 -> b c h*2 w*2",
        {"in": "in_ch", "out": "out_ch"},
    ),
    "a smaller map joins": (
        """
        class M(nn.Module):
            def __init__(self, low_ch, high_ch, out_ch):
                super().__init__()
                self.low = nn.Conv2d(low_ch, out_ch, 1)
                self.high = nn.Conv2d(high_ch, out_ch, 1)
            def forward(self, low, high):
                return self.low(low) + F.interpolate(self.high(high), scale_factor=2)
        """,
        "b c1 h w, b c1 h/2 w/2 -> b c2 h w",
        {"in": "low_ch", "out": "out_ch"},
    ),
    "a pyramid in a list": (
        """
        class M(nn.Module):
            def __init__(self, dim=64):
                super().__init__()
                self.conv = nn.Conv2d(dim, dim, 3, padding=1)
            def forward(self, maps):
                p3, p4, p5 = maps
                p4 = p4 + F.interpolate(p5, scale_factor=2)
                return self.conv(p3 + F.interpolate(p4, scale_factor=2))
        """,
        "[b c h w, b c h/2 w/2, b c h/4 w/4] -> b c h w",
        {"in": "dim"},
    ),
    "channels of each map in a list": (
        """
        class M(nn.Module):
            def __init__(self, in_channels=[64, 128, 256], out_channels=64):
                super().__init__()
                self.convs = nn.ModuleList(nn.Conv2d(c, out_channels, 1) for c in in_channels)
            def forward(self, maps): return sum(conv(x) for conv, x in zip(self.convs, maps))
        """,
        "[b 64 h w, b 128 h w, b 256 h w] -> b c2 h w",
        {"out": "out_channels"},
    ),
    "four maps in a list": (
        """
        class M(nn.Module):
            def __init__(self, dims, embed_dim=32):
                super().__init__()
                for i, dim in enumerate(dims):
                    self.add_module(f"in{i}", nn.Conv2d(dim, embed_dim, 1))
                self.fuse = nn.Conv2d(embed_dim * 4, embed_dim, 1)
            def forward(self, maps):
                maps = [getattr(self, f"in{i}")(x) for i, x in enumerate(maps)]
                return self.fuse(torch.cat(maps, 1))
        """,
        "[b 64 h w, b 64 h w, b 64 h w, b 64 h w] -> b c2 h w",
        {"out": "embed_dim"},
    ),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_class_is_understood_without_help(name: str) -> None:
    body, contract, roles = MODULES[name]
    seen = see(body)
    assert str(seen.contract) == contract
    assert seen.roles == roles
    assert seen.gate is (name in ("channel-gate", "space-gate"))


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_a_zoo_entry_is_built_as_its_example_says(path: Path) -> None:
    text = path.read_text()
    *_, name = [one.name for one in ast.parse(text).body if isinstance(one, ast.ClassDef)]
    namespace = load(text, str(path), f"fusion_cli.zoo.{path.parent.name}.{path.stem}")
    seen = observe(namespace[name], namespace, read_evidence(text, name))
    assert (seen.source, seen.base.args) == ("EXAMPLE", read_evidence(text, name).calls[0][1])
    assert "in" in seen.roles
    assert len(seen.runs) >= 3


@pytest.mark.parametrize(
    ("cls", "contract", "roles"),
    [
        (nn.Conv2d, "b c1 h w -> b c2 h w", {"in", "out", "stride"}),
        (nn.Conv1d, "b c1 n -> b c2 n", {"in", "out", "stride"}),
        (nn.BatchNorm2d, "b c h w -> b c h w", {"in"}),
        (nn.LayerNorm, "b n c -> b n c", {"in"}),
        (nn.Linear, "b n c1 -> b n c2", {"in", "out"}),
        (nn.MaxPool2d, "b c h w -> b c h/3 w/3", set()),
        (nn.GELU, "b c h w -> b c h w", set()),
        (nn.MultiheadAttention, "b n c, b n c, b n c -> b n c, n 2 2", {"in"}),
    ],
)
def test_modules_of_torch_itself(cls: type[nn.Module], contract: str, roles: set[str]) -> None:
    seen = observe(cls, vars(sys.modules[cls.__module__]), read_evidence("", cls.__name__))
    assert (str(seen.contract), set(seen.roles)) == (contract, roles)


CONV = MODULES["map"][0]


def test_each_kept_run_differs_and_repeats() -> None:
    seen = see("""
        class M(nn.Module):
            def __init__(self, c1, c2, shortcut=True, g=1, e=0.5, unused=False):
                super().__init__()
                c_ = int(c2 * e)
                self.cv1, self.cv2 = nn.Conv2d(c1, c_, 1), nn.Conv2d(c_, c2, 3, 1, 1, groups=g)
                self.add = shortcut and c1 == c2
            def forward(self, x):
                y = self.cv2(self.cv1(x))
                return x + y if self.add else y
        """)
    changes = [
        {n: t for n, t in one.args.items() if seen.base.args.get(n) != t} for one in seen.runs
    ]
    assert changes == [{}, {}, {"c1": "32"}, {"c2": "32"}, {"shortcut": "False"}, {"e": "0.25"}]
    assert seen.runs[1].inputs[0][-2:] == (24, 20)
    assert seen.notes == ()


def test_a_projection_is_built_for_the_shortcut_of_a_strided_block() -> None:
    seen = see(MODULES["expansion"][0])
    strided = [one for one in seen.runs if one.args.get("stride") == "2"]
    assert strided[0].outputs[0][-1] == 8
    assert strided[0].args["downsample"].endswith(", 1, 2)")


def test_large_demos_are_scaled_down() -> None:
    demo = "\nif __name__ == '__main__':\n    M(512, 1024)(torch.randn(1, 512, 640, 640))\n"
    seen = see(dedent(CONV) + demo)
    assert seen.source == "the file's demo, scaled down"
    assert seen.base.args == {"c1": "32", "c2": "64"}
    assert seen.base.inputs == ((2, 32, 16, 16),)


def test_the_layout_of_the_demo_is_followed() -> None:
    body = """
    class M(nn.Module):
        def forward(self, x): return x * 2
    if __name__ == "__main__":
        M()(torch.randn(1, 14, 14, 96))
    """
    assert str(see(body).contract) == "b h w c -> b h w c"
    assert str(see(body.replace("14, 14, 96", "96, 14, 14")).contract) == "b c h w -> b c h w"


def test_maps_of_a_demo_keep_their_proportion() -> None:
    demo = """
    if __name__ == "__main__":
        x, skip = torch.randn(1, 64, 40, 40), torch.randn(1, 64, 80, 80)
        M(64, 64)(x, skip)
    """
    body = dedent(MODULES["decoder"][0]) + dedent(demo)
    assert str(see(body).contract) == "b c h w, b c h*2 w*2 -> b c h*2 w*2"


def test_a_demo_that_cannot_be_scaled_is_taken_as_it_is() -> None:
    demo = "\nif __name__ == '__main__':\n    M(128, 128)(torch.randn(1, 128, 8, 8))\n"
    checked = dedent(CONV).replace("super()", "assert c1 == 128\n        super()")
    seen = see(checked + demo)
    assert (seen.source, seen.base.args) == ("the file's demo", {"c1": "128", "c2": "128"})


def test_a_size_that_does_not_run_is_noted() -> None:
    seen = see("""
        class M(nn.Module):
            def forward(self, x):
                b, c, h, w = x.shape
                return x.view(b, c, h // 16, 16, w // 16, 16).view(b, c, h, w)
        """)
    assert str(seen.contract) == "b c h w -> b c h w"
    assert seen.multiple == 16
    assert seen.notes == (
        "does not run at 24×20; 32×48 does",
        "runs where height and width are multiples of 16",
    )


def test_a_size_that_comes_out_otherwise_counts_as_one_that_does_not_run() -> None:
    seen = see("""
        class M(nn.Module):
            def forward(self, x):
                return F.interpolate(F.avg_pool2d(x, 4), scale_factor=4)
        """)
    assert (str(seen.contract), seen.multiple) == ("b c h w -> b c h w", 4)


@pytest.mark.parametrize(
    ("value", "returns"),
    [
        ("x", "tensor"),
        ("(x, x.mean())", "sequence"),
        ("[x]", "sequence"),
        ("{'out': x}", "other"),
        ("((x, x), x)", "other"),
    ],
)
def test_what_the_output_comes_in_is_seen(value: str, returns: str) -> None:
    seen = see(f"""
        class M(nn.Module):
            def forward(self, x):
                return {value}
        """)
    assert (seen.returns, seen.multiple) == (returns, 1)


@pytest.mark.parametrize(
    ("given", "args", "source"),
    [
        ("c1=8, c2=16", {"c1": "8", "c2": "16"}, "--host-args"),
        ("8, 16, k=5", {"c1": "8", "c2": "16", "k": "5"}, "--host-args"),
        ("c2=2 * 12", {"c1": "64", "c2": "2 * 12"}, "--host-args, the rest from the names"),
    ],
)
def test_given_arguments_are_kept_and_completed(
    given: str, args: dict[str, str], source: str
) -> None:
    seen = see(CONV, given=given)
    assert seen.base.args == args
    assert seen.source.startswith(source)
    assert seen.roles["in"] == "c1"


def test_given_arguments_are_completed_from_the_demo() -> None:
    seen = see(dedent(CONV) + "\nif __name__ == '__main__':\n    M(24, 48, s=2)\n", given="c2=96")
    assert seen.base.args == {"c1": "24", "c2": "96", "s": "2"}
    assert seen.source == "--host-args, the rest from the file's demo"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("c1=8, c2=", "is not Python call text"),
        ("8) or (9", "is not Python call text"),
        ("c1=8, c3=16", "M has no parameter `c3`; did you mean `c"),
        ("1, 2, 3, 4, 5", "does not fit the constructor"),
        ("c1=8, c1=9", "does not fit the constructor"),
        ("c1=missing", "c1=missing raises name 'missing' is not defined"),
    ],
)
def test_wrong_arguments_are_the_users_error(given: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        see(CONV, given=given, option="--donor-args")
    assert "--donor-args" in caught.value.message
    assert message in caught.value.message
    assert caught.value.hint == "the constructor is M(c1, c2, k=3, s=1)"


def test_only_the_shapes_that_are_asked_for_are_fed() -> None:
    seen = see(CONV, given="c1=24, c2=24", feed=((1, 24, 40, 8),))
    assert seen.base.inputs == ((1, 24, 40, 8),)
    with pytest.raises(CannotConstruct):
        see(CONV, given="c1=24, c2=24", feed=((1, 25, 40, 8),))


def test_what_cannot_be_built_names_parameter_option_and_lines() -> None:
    with pytest.raises(CannotConstruct) as caught:
        see(
            """
            class M(nn.Module):
                def __init__(self, dim, registry):
                    super().__init__()
                    self.inner = registry.lookup(dim)
            """,
            option="--donor-args",
        )
    assert caught.value.message.startswith("cannot build M(dim=64, registry=")
    assert '--donor-args "registry=' in caught.value.hint
    assert "block.py:9, in __init__\n    self.inner = registry.lookup(dim)" in caught.value.lines


def test_what_cannot_be_run_shows_the_lines_of_forward() -> None:
    with pytest.raises(CannotConstruct) as caught:
        see("class M(nn.Module):\n    def forward(self, x):\n        raise RuntimeError('boom')")
    assert "M() cannot be run on 2×64×16×16: RuntimeError: boom" in caught.value.message
    assert caught.value.lines == "  block.py:7, in forward\n    raise RuntimeError('boom')"


def test_a_recursion_shows_each_line_once() -> None:
    with pytest.raises(CannotConstruct) as caught:
        see("class M(nn.Module):\n    def forward(self, x):\n        return self.forward(x)")
    assert "RecursionError" in caught.value.message
    assert caught.value.lines == "  block.py:7, in forward\n    return self.forward(x)"


@pytest.mark.parametrize(
    ("constructor", "hint"),
    [
        ("self.conv = nn.Conv2d(dim, dim, 1)\nsuper().__init__()", "call `super().__init__()`"),
        (
            "super().__init__()\nraise AssertionError('Torch not compiled with CUDA enabled')",
            "leave the device to the user",
        ),
    ],
    ids=["late", "cuda"],
)
def test_what_no_argument_mends_is_not_asked_for(constructor: str, hint: str) -> None:
    body = indent(constructor, " " * 8)
    with pytest.raises(CannotConstruct) as caught:
        see(f"class M(nn.Module):\n    def __init__(self, dim):\n{body}")
    assert hint in caught.value.hint


def test_a_class_that_is_no_module_is_refused() -> None:
    with pytest.raises(BadFile, match=r"M is no nn\.Module"):
        see("class M:\n    pass")


def test_a_failing_search_ends() -> None:
    with pytest.raises(CannotConstruct):
        see("""
            class M(nn.Module):
                def __init__(self, a, b, c, d, e, f): raise ValueError("no")
                def forward(self, x): return x
            """)


def test_observing_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    see(CONV)
    assert torch.equal(torch.get_rng_state(), before)


def test_contracts_are_written_in_the_grammar() -> None:
    for body, contract, _ in MODULES.values():
        assert str(parse(contract)) == contract, body


# Loading


def test_a_file_is_loaded_by_path_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "my block (v2) 模块.py"
    text = "print('loaded')\nclass A: pass\nif __name__ == '__main__':\n    raise SystemExit\n"
    namespace = load(text, str(path))
    value = namespace["A"]()
    assert type(pickle.loads(pickle.dumps(value))) is namespace["A"]
    assert namespace["__file__"] == str(path)
    assert load(text, str(path))["A"] is not namespace["A"]


def test_modules_beside_a_file_are_found_and_kept_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_beside.py").write_text(f"NAME = {name!r}\n")
    text = "from helper_beside import NAME\n"
    names = [load(text, str(tmp_path / name / "block.py"))["NAME"] for name in ("one", "two")]
    assert names == ["one", "two"]


def test_a_packages_file_is_imported_and_a_changed_one_executed() -> None:
    path = ZOO[0]
    module = f"fusion_cli.zoo.{path.parent.name}.{path.stem}"
    assert load(path.read_text(), str(path), module) is vars(sys.modules[module])
    changed = load(path.read_text() + "\nCHANGED = 1\n", str(path), module)
    assert changed["CHANGED"] == 1
    assert changed["__package__"] == f"fusion_cli.zoo.{path.parent.name}"
    assert "CHANGED" not in vars(sys.modules[module])


@pytest.mark.parametrize(
    ("text", "message", "lines"),
    [
        ("import einops_exts", "needs the package `einops_exts`, which is not installed", "1"),
        (
            "x = 1\nimport torch.nowhere",
            "imports `torch.nowhere`, which the installed `torch`",
            "2",
        ),
        ("from torch import nowhere", "imports `nowhere` from `torch`, which", "1"),
        ("x = 1\ny = Missing(x)", "uses a name it never defines: name 'Missing'", "2"),
        ("def f():\n    raise ValueError('no')\nf()", "cannot be imported: ValueError: no", "2"),
        ("import sys\nsys.exit(3)", "cannot be imported: SystemExit: 3", "2"),
        ("x = (", "is not Python", ""),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(text: str, message: str, lines: str) -> None:
    with pytest.raises(BadFile) as caught:
        load(text, "/tmp/broken.py")
    assert message in caught.value.message
    assert (f"broken.py:{lines}," in caught.value.lines) is bool(lines)


def test_a_parser_of_arguments_at_module_level_sees_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["fuse", "--unknown"])
    text = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--a', default=1)\nA = p.parse_args().a\n"
    assert load(text, "/tmp/with_parser.py")["A"] == 1
    assert sys.argv == ["fuse", "--unknown"]
