"""What a site asks of a donor, read from the shapes of its runs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fusion_cli.fit.need import Need, scale
from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import parse


@pytest.mark.parametrize(
    ("given", "made", "ratio"),
    [
        ((2, 4, 8, 8), (2, 8, 8, 8), Fraction(1)),
        ((2, 4, 8, 8), (2, 8, 4, 4), Fraction(1, 2)),
        ((2, 4, 9, 9), (2, 8, 5, 5), Fraction(1, 2)),
        ((2, 4, 8, 8), (2, 8, 16, 16), Fraction(2)),
        ((2, 4, 8, 8), (2, 8, 4, 8), Fraction(0)),
        ((2, 4, 8, 8), (2, 8, 7, 7), Fraction(0)),
        ((2, 4), (2, 8), Fraction(1)),
        ((2, 4, 8, 8), (2, 8), Fraction(0)),
    ],
)
def test_the_scale_is_output_over_input(given: Shape, made: Shape, ratio: Fraction) -> None:
    assert scale(given, made, 1) == ratio


@pytest.mark.parametrize(
    ("shape", "axis", "layout"),
    [
        ((2, 4, 8, 8), 1, "nchw"),
        ((2, 8, 8, 4), 3, "nhwc"),
        ((2, 64, 4), 2, "tokens"),
        ((2, 4), 1, "other"),
    ],
)
def test_the_layout_is_told_by_rank_and_axis(shape: Shape, axis: int, layout: str) -> None:
    assert Need((None, (shape, shape)), parse("b c -> b c"), axis).layout == layout


@pytest.mark.parametrize(
    ("made", "crop"), [((6, 6), 1), ((4, 4), 2), ((7, 7), None), ((6, 8), None)]
)
def test_a_crop_is_the_same_at_all_borders(made: tuple[int, int], crop: int | None) -> None:
    need = Need((((2, 4, 8, 8), (2, 4, *made)),), parse("b c h w -> b c h w"), 1)
    assert need.crop == crop


def test_a_run_in_which_the_site_did_not_run_asks_for_nothing() -> None:
    need = Need((None, ((2, 4, 8, 8), (2, 6, 4, 4))), parse("b c h w -> b c2 h w"), 1)
    assert (need.channels(0), need.channels(1)) == ([None, 4], [None, 6])
    assert (need.scales, need.cost(1)) == ([None, Fraction(1, 2)], 192)
