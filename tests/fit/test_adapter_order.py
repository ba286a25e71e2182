"""Each adapter: where it is needed, what it puts around a donor, what is said of it, and their order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from fusion_cli.fit.adapters.gap import Gap, Layouts, Widths
from fusion_cli.fit.adapters.order import ORDER, adapted

EXACT = Gap("D")
ON_TOKENS = Layouts("tokens", "nchw", "nchw")
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a list of inputs": (
        {"takes_list": True},
        "__adapter_AsList__(D())",
        "AsList: the inputs of D as one list",
    ),
    "several outputs": (
        {"gives_sequence": True},
        "__adapter_FirstOutput__(D())",
        "FirstOutput: the first of what D returns",
    ),
    "a gate": (
        {"gates": True, "bounded": True},
        "__adapter_Gated__(D())",
        "Gated: x * D(x)",
    ),
    "logits of a gate": (
        {"gates": True},
        "__adapter_Gated__(nn.Sequential(D(), nn.Sigmoid()))",
        "Gated: x * sigmoid(D(x))",
    ),
    "tokens": (
        {"layouts": ON_TOKENS},
        "__adapter_TokensOnMap__(D())",
        "TokensOnMap: b c h w → b (h w) c and back around D",
    ),
    "tokens and their grid": (
        {"layouts": ON_TOKENS, "grid": "apart"},
        "__adapter_SizedTokensOnMap__(D())",
        "SizedTokensOnMap: b c h w → b (h w) c and back around D",
    ),
    "tokens and their grid as a pair": (
        {"layouts": ON_TOKENS, "grid": "pair"},
        "__adapter_SizedTokensOnMap__(D(), pair=True)",
        "SizedTokensOnMap: b c h w → b (h w) c and back around D",
    ),
    "channels last": (
        {"layouts": Layouts("nhwc", "nchw", "nchw")},
        'nn.Sequential(__adapter_Rearrange__("b c h w -> b h w c"), D(), '
        '__adapter_Rearrange__("b h w c -> b c h w"))',
        "Rearrange: b c h w → b h w c and back around D",
    ),
    "a site of channels last": (
        {"layouts": Layouts("nchw", "nchw", "nhwc")},
        'nn.Sequential(__adapter_Rearrange__("b h w c -> b c h w"), D(), '
        '__adapter_Rearrange__("b c h w -> b h w c"))',
        "Rearrange: b h w c → b c h w and back around D",
    ),
    "windows": (
        {"multiple": 8},
        "__adapter_Padded__(D(), 8)",
        "Padded: the map to multiples of 8 for D, cropped behind it",
    ),
    "changes of size that undo each other": (
        {"whole": 2, "down": "2"},
        "__adapter_Padded__(nn.Sequential(nn.AvgPool2d(2, ceil_mode=True), D()), 2)",
        "Padded: the map to multiples of 2 for D, cropped behind it",
    ),
    "changes of size with a rest": (
        {"whole": 4, "scale": Fraction(1, 2)},
        "__adapter_Padded__(D(), 4, stride=2)",
        "Padded: the map to multiples of 4 for D, cropped behind it",
    ),
    "changes of size that enlarge": (
        {"whole": 2, "scale": Fraction(2)},
        "__adapter_Padded__(D(), 2, times=2)",
        "Padded: the map to multiples of 2 for D, cropped behind it",
    ),
    "channels before": (
        {"before": Widths("c1", "c2")},
        "nn.Sequential(nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2), D())",
        "1×1 convolution c1 → c2 before D",
    ),
    "channels before, and a stride": (
        {"before": Widths("c1", "c2"), "down": "2"},
        "nn.Sequential(nn.Conv2d(c1, c2, 1, 2, bias=False), nn.BatchNorm2d(c2), D())",
        "1×1 convolution c1 → c2 with stride 2 before D",
    ),
    "channels behind": (
        {"behind": Widths("c1", "c2")},
        "nn.Sequential(D(), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2))",
        "1×1 convolution c1 → c2 behind D",
    ),
    "channels behind two inputs": (
        {"behind": Widths("c1", "c2"), "inputs": 2},
        "__adapter_Followed__(D(), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2))",
        "1×1 convolution c1 → c2 behind D",
    ),
    "channels of tokens": (
        {"behind": Widths("dim", "hidden"), "layouts": Layouts("tokens", "tokens", "tokens")},
        "nn.Sequential(D(), nn.Linear(dim, hidden, bias=False), nn.LayerNorm(hidden))",
        "linear layer dim → hidden behind D",
    ),
    "a stride": (
        {"down": "stride"},
        "nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), D())",
        "average pooling with the stride of the site before D",
    ),
    "a larger map": (
        {"up": "2"},
        "nn.Sequential(D(), nn.Upsample(scale_factor=2))",
        "interpolation by 2 behind D",
    ),
    "a map without its border": (
        {"crop": 1},
        "nn.Sequential(D(), nn.ZeroPad2d(-1))",
        "crop by 1 at each border behind D",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_adapter_stands_where_it_is_needed(case: str) -> None:
    changes, text, words = CASES[case]
    chain = adapted("D()", replace(EXACT, **changes))
    assert chain.text == text
    assert words in chain.words


def test_every_adapter_has_a_case_and_none_is_needed_without_a_gap() -> None:
    gaps = [replace(EXACT, **changes) for changes, _, _ in CASES.values()]
    for adapter in ORDER:
        assert adapter(EXACT) is None
        assert any(adapter(gap) for gap in gaps), adapter


def test_adapters_stand_in_their_order() -> None:
    gap = Gap(
        "D",
        layouts=Layouts("tokens", "nchw", "nhwc"),
        takes_list=True,
        gives_sequence=True,
        gates=True,
        bounded=True,
        multiple=4,
        before=Widths("c1", "c2"),
    )
    chain = adapted("D()", gap)
    first_outputs = "__adapter_FirstOutput__(__adapter_AsList__(D()))"
    on_map = f"__adapter_TokensOnMap__(__adapter_Gated__({first_outputs}))"
    assert chain.steps[1] == "nn.Conv2d(c1, c2, 1, bias=False)"
    assert chain.steps[3] == f"__adapter_Padded__({on_map}, 4)"
    assert chain.classes == (
        *("Rearrange", "AsList", "FirstOutput", "Gated", "TokensOnMap", "Padded"),
    )


@pytest.mark.parametrize(
    ("changes", "bounded"),
    [
        ({}, True),
        ({"multiple": 8, "up": "2"}, True),
        ({"gates": True}, False),
        ({"behind": Widths("c1", "c2")}, False),
    ],
)
def test_what_stays_between_0_and_1_is_known(changes: dict[str, Any], bounded: bool) -> None:
    assert adapted("D()", replace(EXACT, bounded=True, **changes)).bounded is bounded
