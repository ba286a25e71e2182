"""Contracts: written and read without loss, compared, and inferred from runs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.fit.need import Need
from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import (
    Axis,
    Contract,
    Product,
    parse,
)
from fusion_cli.model.infer import infer
from fusion_cli.model.observation import Observation, Run

NAMES = st.sampled_from(["b", "c", "c1", "c2", "h", "w", "n", "d"])
PRODUCTS = st.builds(
    Product,
    st.lists(NAMES, min_size=1, max_size=2).map(tuple),
    st.integers(1, 99),
    st.integers(1, 99),
)
AXES = st.one_of(
    st.builds(Axis, st.just(()), st.integers(0, 999)),
    st.builds(Axis, st.lists(PRODUCTS, min_size=1, max_size=2).map(tuple), st.integers(-9, 9)),
)
TENSORS = st.lists(st.lists(AXES, min_size=1, max_size=5).map(tuple), min_size=1, max_size=3)
PAIR = ((Axis((Product(("h",)),)),), (Axis(plus=7),))
CONTRACTS = st.one_of(
    st.builds(Contract, TENSORS.map(tuple), TENSORS.map(tuple), st.sampled_from(["apart", "list"])),
    st.builds(
        Contract, TENSORS.map(lambda one: (*one, *PAIR)), TENSORS.map(tuple), st.just("pair")
    ),
)


def run(given: list[Shape], got: list[Shape]) -> Run:
    return Run({}, tuple(given), tuple(got))


@given(CONTRACTS)
def test_what_is_written_is_read_back(contract: Contract) -> None:
    assert parse(str(contract)) == contract


@pytest.mark.parametrize(
    "text",
    [
        "b c1 h w -> b c2 h/2 w/2",
        "b n c -> b n c",
        "b h w c -> b h w c",
        "b c h w, b c h w -> b c h w",
        "b n c, h, w -> b n c",
        "[b c h w, b c h w] -> b c*2 h w",
        "b c h w -> b c/4 h*2 w*2, b n+1 c",
        "b c h w -> b h*w/256 c2",
        "b c1+c2 h-2 w -> b 64 1 1",
    ],
)
def test_a_text_is_written_back_as_it_was(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "b c h w",
        "b c -> ",
        "b  c -> b",
        "b c*1 -> b",
        "b 01 -> b",
        "b c/ -> b",
        "b c! -> b",
        "b +1 -> b",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_a_length_is_rounded_up_as_a_padded_convolution_does() -> None:
    assert parse("b c h w -> b c h/2 w*3-1").outputs[0][2].size({"h": 17}) == 9
    assert parse("b c h w -> b c h/2 w*3-1").outputs[0][3].size({"w": 5}) == 14


@pytest.mark.parametrize(
    ("names", "runs", "expected"),
    [
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 64, 16, 16)]), ([(2, 32, 24, 20)], [(2, 32, 24, 20)])],
            "b c h w -> b c h w",
            id="same",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 64, 8, 8)]), ([(2, 32, 24, 20)], [(2, 48, 12, 10)])],
            "b c1 h w -> b c2 h/2 w/2",
            id="stride",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 17, 17)], [(2, 64, 9, 9)]), ([(2, 64, 24, 20)], [(2, 64, 12, 10)])],
            "b 64 h w -> b 64 h/2 w/2",
            id="odd-size-fixed-width",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 64, 1, 1)]), ([(2, 32, 24, 20)], [(2, 32, 1, 1)])],
            "b c h w -> b c 1 1",
            id="channel-gate",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 1, 16, 16)]), ([(2, 32, 24, 20)], [(2, 1, 24, 20)])],
            "b c h w -> b 1 h w",
            id="space-gate",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 16, 32, 32)]), ([(2, 32, 24, 20)], [(2, 8, 48, 40)])],
            "b c h w -> b c/4 h*2 w*2",
            id="pixel-shuffle",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 64, 14, 14)]), ([(2, 32, 24, 20)], [(2, 32, 22, 18)])],
            "b c h w -> b c h-2 w-2",
            id="unpadded",
        ),
        pytest.param(
            "b c h w",
            [([(2, 3, 32, 32)], [(2, 4, 96)]), ([(2, 6, 32, 64)], [(2, 8, 48)])],
            "b c1 32 w -> b w/8 c2",
            id="patch-embedding",
        ),
        pytest.param(
            "b n c",
            [([(2, 256, 64)], [(2, 257, 64)]), ([(2, 480, 32)], [(2, 481, 32)])],
            "b n c -> b n+1 c",
            id="class-token",
        ),
        pytest.param(
            "b c h w",
            [([(1, 64, 16, 16)], [(1, 96, 16, 16)]), ([(1, 32, 24, 20)], [(1, 64, 24, 20)])],
            "b c h w -> b c+32 h w",
            id="dense-layer-at-batch-1",
        ),
        pytest.param(
            "b c h w",
            [([(2, 64, 16, 16)], [(2, 32, 16, 16)]), ([(2, 64, 24, 20)], [(2, 48, 24, 20)])],
            "b 64 h w -> b c2 h w",
            id="channels-do-not-follow-space",
        ),
        pytest.param(
            "b n c",
            [([(2, 4, 8)], [(2, 0, 8)]), ([(2, 6, 8)], [(2, 2, 8)])],
            "b n 8 -> b n-4 8",
            id="empty",
        ),
    ],
)
def test_a_contract_is_inferred_from_runs(
    names: str, runs: list[tuple[list[Shape], list[Shape]]], expected: str
) -> None:
    assert str(infer([run(*one) for one in runs], [names])) == expected


def test_equal_names_of_two_inputs_and_numbers_are_kept() -> None:
    two = [run([s, s], [s]) for s in [(2, 64, 16, 16), (2, 32, 24, 20)]]
    assert str(infer(two, ["b c h w"] * 2)) == "b c h w, b c h w -> b c h w"
    assert str(infer(two, ["b c h w"] * 2, "list")).startswith("[b c h w, b c h w]")
    tokens = [run([s, (), ()], [s]) for s in [(2, 256, 64), (2, 480, 32)]]
    assert str(infer(tokens, ["b n c", "h", "w"])) == "b n c, h, w -> b n c"


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("b c h w -> b c 1 1", True),
        ("b c h w -> b 1 h w", True),
        ("b c h w -> b c h 1", True),
        ("b n c -> b 1 c", True),
        ("b c h w -> b c h w", False),
        ("b c h w -> b 1 1 1", False),
        ("b c1 h w -> b c2 1 1", False),
        ("b c h w -> b c 1 1, b c h w", False),
        ("b c h w -> b c", False),
    ],
)
def test_a_gate_is_told_from_features(text: str, gate: bool) -> None:
    assert parse(text).is_gate is gate


def test_layout_and_scale() -> None:
    assert parse("b c h w -> b c h/2 w*2").scale == (Fraction(1, 2), Fraction(2))
    assert parse("b c h w -> b c 1 1").scale is None
    layouts = [parse(f"{one} -> b c").layout for one in ("b 3 h w", "b h w 64", "b n c", "b c n")]
    assert layouts == ["nchw", "nhwc", "tokens", "other"]


def test_channels_per_unit_of_a_parameter() -> None:
    base = Run({"inplanes": "64", "planes": "16"}, ((2, 64, 8, 8),), ((2, 64, 8, 8),))
    roles = {"in": "inplanes", "out": "planes"}
    seen = Observation("", (base,), roles, parse("b c h w -> b c h w"))
    assert (seen.factor("in"), seen.factor("out")) == (1, 4)
    assert Observation("", (base,), {}, seen.contract).factor("out") is None


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("b 256 4 4 -> b c2 2 2", True),
        ("b 256 4 4 -> b 512 2 2", True),
        ("b c h w -> b h w c", False),
        ("b 256 4 4 -> b 2 2 c2", False),
    ],
)
def test_channels_may_stand_among_nothing_but_numbers(text: str, keeps: bool) -> None:
    shapes = ((2, 256, 4, 4), (2, 512, 2, 2))
    assert Need((shapes,), parse(text), axis=1).keeps_layout is keeps
