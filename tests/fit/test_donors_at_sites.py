"""What is decided of a donor at a site: whether it serves, its size, channels, layout and call."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from fusion_cli.fit.donors.fitted import chained
from fusion_cli.fit.donors.placed import placed
from fusion_cli.fit.need import Need, Runs
from fusion_cli.model.basics import Arguments
from fusion_cli.model.contract import parse
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.sources import ModuleSource, Parameter
from fusion_cli.study.views import DonorView

MAP, LAST, TOKENS = (2, 32, 16, 16), (2, 16, 16, 32), (2, 256, 32)


NONE: Arguments = MappingProxyType({})


def donor(
    contract: str, base: Arguments = NONE, given: Arguments = NONE, **facts: Any
) -> DonorView:
    run = Run(base, (MAP,), (MAP,))
    observation = Observation("test", (run,), facts.pop("roles", {}), parse(contract), **facts)
    parameters = tuple(Parameter(name) for name in base)
    return DonorView(ModuleSource("D", "D", "", Path("d.py")), observation, parameters, given)


def need(contract: str, *runs: tuple[tuple[int, ...], tuple[int, ...]], **facts: Any) -> Need:
    axes = contract.split(" -> ")[0].split(", ")[0].split(" ")
    axis = next(index for index, name in enumerate(axes) if name.startswith("c"))
    return Need(runs or ((MAP, MAP),), parse(contract), axis, **facts)


def prove(wanted: Runs, role: str) -> str:
    """What the host would say of a number: `in:32`, `stride:1/2` where it differs between runs."""
    return f"{role}:{'/'.join(str(one) for one in dict.fromkeys(wanted))}"


def fitted(donor: DonorView, need: Need) -> str:
    return chained(placed("cv", donor, need), "D", prove).text


SAME = need("b c h w -> b c h w")
HALVED = need("b c h w -> b c h/2 w/2", (MAP, (2, 32, 8, 8)))
DOUBLED = need("b c h w -> b c h*2 w*2", (MAP, (2, 32, 32, 32)))
STRIDED = need("b c h w -> b c h w", (MAP, MAP), (MAP, (2, 32, 8, 8)))
GROWS = need("b c1 h w -> b c2 h w", (MAP, (2, 64, 16, 16)))
SHRINKS = need("b c1 h w -> b c2 h w", (MAP, (2, 8, 16, 16)))
PLAIN = donor("b c h w -> b c h w", {"dim": "32"}, roles={"in": "dim"})
FREE = donor("b c1 h w -> b c2 h w", {"a": "32", "b": "32"}, roles={"in": "a", "out": "b"})
LARGER = donor("b c h w -> b c h*2 w*2", {"dim": "32"}, roles={"in": "dim"})
SMALLER = donor("b c h w -> b c h/2 w/2", {"dim": "32"}, roles={"in": "dim"})
LARGER_STRIDED = donor(
    "b c h w -> b c h*2 w*2", {"dim": "32", "s": "1"}, roles={"in": "dim", "stride": "s"}
)
SMALLER_STRIDED = donor(
    "b c h w -> b c h/2 w/2", {"dim": "32", "s": "2"}, roles={"in": "dim", "stride": "s"}
)
NORM = "bias=False), nn.BatchNorm2d"


@pytest.mark.parametrize(
    ("donor", "need", "text"),
    [
        (PLAIN, SAME, "D(in:32)"),
        (FREE, GROWS, "D(in:32, out:64)"),
        (PLAIN, GROWS, f"nn.Sequential(D(in:32), nn.Conv2d(in:32, out:64, 1, {NORM}(out:64))"),
        (PLAIN, SHRINKS, f"nn.Sequential(nn.Conv2d(in:32, out:8, 1, {NORM}(out:8), D(in:8))"),
        (PLAIN, HALVED, "nn.Sequential(nn.AvgPool2d(stride:2, ceil_mode=True), D(in:32))"),
        (PLAIN, STRIDED, "nn.Sequential(nn.AvgPool2d(stride:1/2, ceil_mode=True), D(in:32))"),
        (PLAIN, DOUBLED, "nn.Sequential(D(in:32), nn.Upsample(scale_factor=stride:2))"),
    ],
)
def test_what_differs_is_adapted_at_the_cheaper_end(
    donor: DonorView, need: Need, text: str
) -> None:
    assert fitted(donor, need) == text


PADDED = "__adapter_Padded__(nn.Sequential({}), {})"


@pytest.mark.parametrize(
    ("donor", "need", "text"),
    [
        (LARGER, DOUBLED, "D(in:32)"),
        (LARGER, SAME, PADDED.format("nn.AvgPool2d(2, ceil_mode=True), D(in:32)", "2")),
        (LARGER, HALVED, PADDED.format("nn.AvgPool2d(4, ceil_mode=True), D(in:32)", "4, stride=2")),
        (SMALLER, HALVED, "D(in:32)"),
        (SMALLER, SAME, PADDED.format("D(in:32), nn.Upsample(scale_factor=2)", "2")),
        (SMALLER, DOUBLED, PADDED.format("D(in:32), nn.Upsample(scale_factor=4)", "2, times=2")),
        # Twice as large and half as large again is the size of any map.
        (
            LARGER,
            need("b c1 h w -> b c2 h w", (MAP, (2, 64, 16, 16))),
            f"nn.Sequential(D(in:32), nn.Conv2d(in:32, out:64, 1, 2, {NORM}(out:64))",
        ),
        (LARGER_STRIDED, DOUBLED, "D(in:32, stride:1)"),
        (LARGER_STRIDED, SAME, "D(in:32, stride:2)"),
        (LARGER_STRIDED, HALVED, "D(in:32, stride:4)"),
        (LARGER_STRIDED, STRIDED, "D(in:32, stride:2/4)"),
        (SMALLER_STRIDED, SAME, "D(in:32, stride:1)"),
        (SMALLER_STRIDED, HALVED, "D(in:32, stride:2)"),
    ],
)
def test_a_donor_with_a_scale_is_brought_to_that_of_the_site(
    donor: DonorView, need: Need, text: str
) -> None:
    assert fitted(donor, need) == text


def test_windows_before_which_the_map_is_made_smaller_get_multiples_too() -> None:
    windows = donor("b c h w -> b c h*2 w*2", multiple=4)
    assert fitted(windows, SAME).endswith("D()), 8)")


GATE = donor("b c h w -> b c 1 1", gate=True, bounded=True)


@pytest.mark.parametrize(
    ("donor", "need", "text"),
    [
        (GATE, SAME, "__adapter_Gated__(D())"),
        (GATE, need("b c h w -> b c h w", gate=True), "D()"),
        (
            donor("b n c, h, w -> b n c"),
            SAME,
            "__adapter_SizedTokensOnMap__(D())",
        ),
        (
            donor("b n c -> b n c", pointwise=True),
            need("b h w c -> b h w c", (LAST, LAST)),
            "D()",
        ),
        (donor("[b c h w, b c h w] -> b c h w"), need("b c h w -> b c h w", inputs=2), None),
    ],
)
def test_a_donor_is_called_as_it_takes_its_input(
    donor: DonorView, need: Need, text: str | None
) -> None:
    assert fitted(donor, need) == (text or "__adapter_AsList__(D())")


@pytest.mark.parametrize(
    ("contract", "facts", "need", "reason"),
    [
        ("b c h w, b c h w -> b c h w", {}, SAME, "it takes 2 inputs and the site has one"),
        (
            "b c h w -> b c h w",
            {},
            need("b c h w -> b c h w", inputs=2),
            "it takes one input and the site has two",
        ),
        ("b n c, 3 -> b n c", {}, SAME, "what it takes beside the tensor is not the height"),
        (
            "b c h w, b c h*2 w*2 -> b c h w",
            {},
            need("b c h w -> b c h w", inputs=2),
            "its two inputs differ in shape",
        ),
        (
            "b c h w, b c h w -> b c h*2 w*2",
            {},
            need("b c h w -> b c h w", inputs=2),
            "is given them as they are, and keeps the map",
        ),
        ("b c h w -> b c h w, b c h w", {}, SAME, "it gives 2 outputs"),
        ("b c h w -> b c h w", {"returns": "other"}, SAME, "it returns no tensor, and no tuple"),
        ("b c h w -> b h w c", {}, SAME, "the layout of its output is not that of its input"),
        ("b c 7 7 -> b c 7 7", {}, SAME, "it runs on 7×7 pixels only"),
        ("b c h w -> b c h*2 w", {}, SAME, "it gives the map a shape of its own"),
        ("b c h w -> b c h-2 w-2", {}, SAME, "it gives the map a shape of its own"),
        ("b c h w -> b c h*3/2 w*3/2", {}, SAME, "by a number of its own"),
        ("b c h w -> b c h*2 w*2", {}, STRIDED, "by a number of its own"),
        ("b n c, h, w -> b n/4 c", {}, SAME, "it gives another number of tokens"),
        ("b n c -> b n/4 c", {}, SAME, "it gives another number of tokens"),
        (
            "b n c -> b n/4 c",
            {},
            need("b n c -> b n c", (TOKENS, TOKENS)),
            "the number of tokens is not adapted",
        ),
        (
            "b c h w -> b c h w",
            {},
            need("b n c -> b n c", (TOKENS, TOKENS)),
            "the height and the width of the map are not known",
        ),
        ("b c1 h w -> b c2 h w", {}, GROWS, "it cannot give the 64 channels of the site"),
    ],
)
def test_a_donor_that_no_adapter_helps_is_refused_in_words(
    contract: str, facts: dict[str, Any], need: Need, reason: str
) -> None:
    with pytest.raises(CannotFuse) as refusal:
        fitted(donor(contract, **facts), need)
    assert reason in refusal.value.message


def test_a_call_is_written_as_people_do() -> None:
    seen = donor(
        "b c1 h w -> b c2 h w",
        {"a": "32", "k": "3", "b": "32", "groups": "4"},
        {"k": "5"},
        roles={"in": "a", "out": "b"},
    )
    assert fitted(seen, GROWS) == "D(in:32, k=5, b=out:64, groups=4)"


def test_a_stride_that_was_asked_for_stays() -> None:
    seen = donor(
        "b c h w -> b c h/2 w/2",
        {"c": "32", "s": "2"},
        {"s": "2"},
        roles={"in": "c", "stride": "s"},
    )
    assert "nn.Upsample(scale_factor=2)" in fitted(seen, SAME)
