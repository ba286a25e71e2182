"""Adapters: which one a donor is given at which site, when none helps, and what each computes."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.outcomes import FuseOutcome
from fusion_cli.zoo.adapters.first_output import FirstOutput
from fusion_cli.zoo.adapters.padded import Padded
from fusion_cli.zoo.adapters.sized_tokens_on_map import SizedTokensOnMap
from fusion_cli.zoo.adapters.tokens_on_map import TokensOnMap
from tests.conftest import TESTS
from tests.fusing import demand_ok, fuse_here, request_of

DATA = TESTS / "data"


def fuse(words: str, **options: object) -> FuseOutcome:
    """`replace Bottleneck donor.Windows`, not written; `donor.` and `host.` are the files of data."""
    asked = request_of(re.sub(r"\b(donor|host)\.(?=[A-Z])", rf"{DATA}/unlike_\1s.py:", words))
    given = {"dry_run": True, "verify": "quick", **asked["options"], **options}  # type: ignore[dict-item]
    return fuse_here(str(asked["pattern"]), str(asked["host"]), *asked["donors"], **given)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "adapters"),
    [
        (
            "replace Bottleneck donor.Attention",
            (
                "TokensOnMap: b c h w → b (h w) c and back around Attention",
                "1×1 convolution c1 → c_ before Attention",
            ),
        ),
        (
            "serial Bottleneck donor.GridConv",
            ("SizedTokensOnMap: b c h w → b (h w) c and back around GridConv",),
        ),
        (
            "serial Bottleneck donor.PairConv",
            ("SizedTokensOnMap: b c h w → b (h w) c and back around PairConv",),
        ),
        (
            "serial ConvNeXtBlock donor.ChannelsLast",
            ("Rearrange: b c h w → b h w c and back around ChannelsLast",),
        ),
        (
            "serial ConvNeXtBlock donor.Windows",
            ("Padded: the map to multiples of 8 for Windows, cropped behind it",),
        ),
        (
            "serial Bottleneck donor.WithWeights",
            ("FirstOutput: the first of what WithWeights returns",),
        ),
        ("serial Bottleneck donor.Listed", ("FirstOutput: the first of what Listed returns",)),
        (
            "replace Bottleneck donor.Haar",
            (
                "1×1 convolution 2 * c1 → c_ behind Haar",
                "interpolation by 2 behind Haar",
                "Padded: the map to multiples of 2 for Haar, cropped behind it",
            ),
        ),
        (
            "replace Bottleneck donor.Pixels",
            ("1×1 convolution c1 → 3 before Pixels", "1×1 convolution 8 → c_ behind Pixels"),
        ),
        ("replace host.Up SE --at up", ("interpolation by 2 behind SE",)),
        (
            "parallel host.Up SE --at block",
            ("1×1 convolution c1 → c2 behind SE", "interpolation by 2 behind SE"),
        ),
        (
            "replace host.Down SE --at down",
            ("average pooling with stride 2 before SE",),
        ),
        (
            "parallel host.Down SE --at block",
            ("1×1 convolution c1 → c2 with stride 2 before SE",),
        ),
        ("parallel host.Valid SE --at block", ("crop by 2 at each border behind SE",)),
        ("replace host.Down AKConv --at down", ()),
        ("parallel Bottleneck donor.Doubled", ()),
        (
            "replace host.Down donor.Larger --at down",
            (
                "average pooling with stride 4 before Larger",
                "Padded: the map to multiples of 4 for Larger, cropped behind it",
            ),
        ),
        ("replace host.Down donor.Half --at down", ()),
        ("serial host.Mlp donor.Attention --at act", ()),
        (
            "replace host.Mlp donor.Attention --at fc1",
            ("linear layer dim → hidden behind Attention",),
        ),
        ("serial host.Last donor.ChannelsLast --at block", ()),
        ("serial host.Last donor.Mlp --at block", ()),
        (
            "serial Bottleneck donor.Mlp",
            ("TokensOnMap: b c h w → b (h w) c and back around Mlp",),
        ),
        (
            "replace host.Last donor.ChannelsLast --at fc1",
            ("linear layer dim → 2 * dim behind ChannelsLast",),
        ),
        (
            "serial host.Last SE --at fc1",
            ("Rearrange: b h w c → b c h w and back around SE",),
        ),
        (
            "serial host.Last donor.Attention --at block",
            (
                "TokensOnMap: b c h w → b (h w) c and back around Attention",
                "Rearrange: b h w c → b c h w and back around Attention",
            ),
        ),
    ],
)
def test_a_donor_is_given_the_least_that_makes_it_fit(
    words: str, adapters: tuple[str, ...]
) -> None:
    outcome = fuse(words)
    demand_ok(outcome)
    assert outcome.adapters == adapters
    assert re.findall(r"^adapter +(.*)$", outcome.source, re.MULTILINE) == list(adapters)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("replace Bottleneck donor.TwoMaps", "it gives 2 outputs, and none is known to be the one"),
        ("replace Bottleneck donor.Named", "it gives 2 outputs, and none is known to be the one"),
        ("replace Bottleneck donor.TwoInputs", "it takes 2 inputs and the site has one"),
        (
            "parallel ResNetBottleneck donor.Haar --at conv1..bn3",
            "it changes the size of the map by a number of its",
        ),
        ("parallel Bottleneck donor.Merging", "it gives another number of tokens"),
        ("replace Bottleneck donor.Position", "it runs on 16×16 pixels only"),
        (
            "replace host.MixFFN donor.GridConv --at dwconv",
            "the height and the width of the map are",
        ),
        ("serial host.Mlp SE --at fc1", "the height and the width of the map are not known"),
    ],
)
def test_a_donor_that_no_adapter_helps_is_refused(words: str, reason: str) -> None:
    with pytest.raises(CannotFuse, match=reason):
        fuse(words)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "replace Bottleneck donor.Attention",
        "parallel ConvNeXtBlock donor.Windows",
        "concat Bottleneck donor.Haar",
        "replace host.Up donor.ChannelsLast --at up",
    ],
)
def test_an_adapted_donor_stands_the_whole_battery(words: str) -> None:
    outcome = fuse(words, verify="deep")
    demand_ok(outcome)


def test_a_donor_is_built_with_what_it_was_observed_with() -> None:
    outcome = fuse("serial Bottleneck donor.Picky")
    demand_ok(outcome)
    groups = outcome.donors[0].args["groups"]
    assert f"self.picky = Picky(c_, {groups})\n" in outcome.source


def test_a_multiple_is_one_of_what_the_site_was_declared_with() -> None:
    outcome = fuse("serial ResNetBottleneck donor.Haar", verify="off")
    assert outcome.adapters[0] == "1×1 convolution 2 * width → width behind Haar"


def test_no_adapt_refuses_and_names_the_adapter() -> None:
    with pytest.raises(CannotFuse, match=r"SE .* needs an adapter at `cv1` .*: 1×1 convolution c1"):
        fuse("replace Bottleneck SE", no_adapt=True)


def test_no_adapt_stands_in_the_command() -> None:
    outcome = fuse("serial Bottleneck SE", no_adapt=True)
    assert "command     fuse serial Bottleneck SE --no-adapt\n" in outcome.source


def test_an_adapter_gives_way_to_the_hosts_own_names(tmp_path: Path) -> None:
    host = tmp_path / "host.py"
    host.write_text(
        "from torch import nn\n\n\n"
        "class Padded(nn.Conv2d):\n    pass\n\n\n"
        "class Rearrange(nn.ReLU):\n    pass\n\n\n"
        "class Windows(nn.BatchNorm2d):\n    pass\n\n\n"
        "class Block(nn.Module):\n"
        "    def __init__(self, dim):\n"
        "        super().__init__()\n"
        "        self.conv = Padded(dim, dim, 3, 1, 1)\n"
        "        self.norm = Windows(dim)\n"
        "        self.act = Rearrange()\n\n"
        "    def forward(self, x):\n"
        "        return self.act(self.norm(self.conv(x)))\n"
    )
    outcome = fuse(f"serial {host}:Block donor.Windows donor.ChannelsLast --at conv")
    demand_ok(outcome)
    for line in ("class Padded(nn.Conv2d)", "class Rearrange(nn.ReLU)", "class Windows(nn.Ba"):
        assert line in outcome.source
    assert re.search(r"import Rearrange as (\w+)", outcome.source)


def test_a_written_file_is_adapted_again_with_the_same_class(tmp_path: Path) -> None:
    first = fuse("serial ConvNeXtBlock donor.Windows", dry_run=False, output=str(tmp_path))
    again = fuse(f"serial {first.file} donor.Windows --at conv_dw --name Twice")
    demand_ok(again)
    assert again.source.count("class Padded") == 1
    assert again.source.count(" = Padded(Windows(dim), 8)") == 2


def test_the_smoke_test_feeds_height_and_width_as_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = fuse(
        "serial host.MixFFN donor.Attention --at fc1", dry_run=False, output=str(tmp_path)
    )
    demand_ok(written)
    runpy.run_path(written.file, run_name="__main__")
    assert capsys.readouterr().out.startswith("(2, 256, 64) -> (2, 256, 64) on c")


# ---- what the classes compute ---------------------------------------------------------------------


class _Grid(nn.Module):
    """Tells of the tokens and the grid that it was called with."""

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        return x.unflatten(1, (h, w)).cumsum(2).flatten(1, 2)


class _Pair(_Grid):
    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:  # type: ignore[override]
        return super().forward(x, *size)


def test_tokens_are_the_pixels_row_by_row() -> None:
    x = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    turned = TokensOnMap(nn.Linear(3, 2, bias=False))
    expected = torch.einsum("bchw,dc->bdhw", x, turned.module.weight)
    torch.testing.assert_close(turned(x), expected)
    assert torch.equal(SizedTokensOnMap(_Grid())(x), x.cumsum(3))
    assert torch.equal(SizedTokensOnMap(_Pair(), pair=True)(x), x.cumsum(3))


@pytest.mark.parametrize(
    ("size", "padded"), [((7, 9), (8, 12)), ((8, 4), (8, 4)), ((1, 1), (4, 4))]
)
def test_padding_is_at_the_right_and_the_bottom(
    size: tuple[int, int], padded: tuple[int, int]
) -> None:
    seen: list[Tensor] = []

    class Seen(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x)
            return 2 * x

    x = torch.randn(2, 3, *size)
    assert torch.equal(Padded(Seen(), 4)(x), 2 * x)
    assert tuple(seen[0].shape[2:]) == padded
    assert torch.equal(seen[0][:, :, : size[0], : size[1]], x)
    assert seen[0].count_nonzero() == x.count_nonzero()


@pytest.mark.parametrize(
    ("scale", "size"), [((1, 1), (14, 9)), ((1, 2), (7, 5)), ((2, 1), (28, 18))]
)
def test_what_is_padded_comes_out_at_the_size_that_is_wanted(
    scale: tuple[int, int], size: tuple[int, int]
) -> None:
    times, stride = scale
    module = nn.Sequential(nn.AvgPool2d(4), nn.Upsample(scale_factor=4 * times // stride))
    assert Padded(module, 4, times, stride)(torch.zeros(1, 3, 14, 9)).shape[2:] == size


def test_the_first_output_is_taken() -> None:
    class Both(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x + 1, x

    assert torch.equal(FirstOutput(Both())(torch.zeros(2)), torch.ones(2))
