"""The layout of a site: which of its axes follow the map that was fed."""

from __future__ import annotations

import pytest

from fusion_cli.fit.mapping import site_contract, site_layout, site_rows
from fusion_cli.fit.sites import locate
from fusion_cli.model.basics import Shape
from fusion_cli.model.errors import CannotFuse
from tests.fit.hosts import block
from tests.views import host_view

ALIKE = """\
class Alike:
    def __init__(self):
        super().__init__()
        self.act = Act()

    def forward(self, x):
        return self.act(x)
"""


@pytest.mark.parametrize(
    ("shapes", "layout"),
    [
        (((2, 4, 8, 8), (2, 4, 12, 12)), "b c h w"),
        (((2, 8, 8, 4), (2, 12, 12, 4)), "b h w c"),
        (((2, 8, 8, 8), (2, 12, 12, 12)), "b c h w"),
        (((2, 4, 8, 8), (2, 4, 8, 8)), "b c h w"),
        (((2, 64, 4), (2, 16, 4)), "b n c"),
        (((2, 4, 64), (2, 4, 16)), "b c n"),
        (((2, 4), (2, 4)), "b c"),
    ],
)
def test_the_axes_of_space_are_those_that_follow_the_size(
    shapes: tuple[Shape, Shape], layout: str
) -> None:
    host = host_view(ALIKE, *(({}, shape) for shape in shapes))
    assert site_layout(host, locate(host, "act")) == layout


def test_five_axes_are_refused() -> None:
    host = host_view(ALIKE, ({}, (2, 4, 8, 8, 8)))
    with pytest.raises(CannotFuse, match="has 5 axes"):
        site_contract(host, locate(host, "act"))


def test_show_names_every_submodule_that_ran() -> None:
    rows = {row.path: (row.name, row.contract, row.calls) for row in site_rows(block())}
    assert rows["cv1"] == ("Conv", "b c1 h w -> b c2 h w", 1)
    assert list(rows) == ["cv1", "cv2", "body", "body.0", "body.1"]
