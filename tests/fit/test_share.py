"""`--ratio`: the share of a site's channels that each donor of a splitting pattern is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli import recipe
from fusion_cli.model.errors import BadRecipe, CannotFuse, UsageError
from fusion_cli.model.requests import FuseRequest
from tests.fusing import demand_ok, fuse_here, fused_class

# Its channels come last, its width is an expression, and it has the name `share` itself.
HOST = """
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, ratio=4):
        super().__init__()
        self.share = nn.Linear(dim, ratio * dim)
        self.back = nn.Linear(ratio * dim, dim)

    def forward(self, x):
        return x + self.back(self.share(x))
"""
DONOR = """
from torch import nn


class Mix(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        return self.fc(x).tanh()
"""


def test_the_share_is_an_expression_of_the_constructor(tmp_path: Path) -> None:
    host, donor = tmp_path / "host.py", tmp_path / "donor.py"
    host.write_text(HOST, encoding="utf-8")
    donor.write_text(DONOR, encoding="utf-8")
    outcome = fuse_here(
        "split", f"{host}:Block", f"{donor}:Mix", at="share", ratio=0.125, dry_run=True
    )
    demand_ok(outcome)
    text = fused_class(outcome)
    assert "self.share2 = int((ratio * dim) * 0.125)" in text
    assert "self.mix = Mix(self.share2)" in text
    assert "[..., : -self.share2]" in text and "dim=-1" in text
    assert "--ratio 0.125" in outcome.source


@pytest.mark.parametrize(
    ("ratio", "donors", "told"),
    [(0.01, 1, "leave none for a donor"), (0.5, 2, "leave none as it is")],
)
def test_a_share_that_leaves_nothing_is_refused(ratio: float, donors: int, told: str) -> None:
    with pytest.raises(CannotFuse, match=told):
        fuse_here("split", "ConvNeXtBlock", *["SE"] * donors, ratio=ratio, at="conv_dw")


@pytest.mark.parametrize(("pattern", "ratio"), [("serial", 0.5), ("split", 1.0), ("split", 0.0)])
def test_a_ratio_that_cannot_be_meant_is_refused(pattern: str, ratio: float) -> None:
    with pytest.raises(UsageError, match="--ratio"):
        fuse_here(pattern, "Bottleneck", "SE", ratio=ratio)


def test_a_recipe_keeps_the_ratio(tmp_path: Path) -> None:
    asked = FuseRequest("split", "ConvNeXtBlock", ("SE",), ratio=0.5)
    path = tmp_path / "split.toml"
    path.write_text(recipe.written(asked), encoding="utf-8")
    assert recipe.read_recipe(path) == (asked,)
    path.write_text(path.read_text().replace("0.5", '"half"'), encoding="utf-8")
    with pytest.raises(BadRecipe, match=f"{path}:6: `ratio` is no number"):
        recipe.read_recipe(path)
