"""Joins: which additions and concatenations a donor of two inputs can take over, and which not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.errors import CannotFuse, FuseError, UnknownName
from fusion_cli.model.outcomes import FuseOutcome
from tests.fusing import demand_ok, fuse_here, fused_class

HOST = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a = nn.Conv2d(dim, dim, 3, 1, 1)
        self.b = nn.Conv2d(dim, dim, 1)
        self.narrow = nn.Conv2d(dim, dim // 2, 1)

    def forward(self, x):
        {body}
"""
DONORS = """
import torch
from torch import nn


class Listed(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.conv = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        weight = self.weight.softmax(0)
        return self.conv(weight[0] * x[0] + weight[1] * x[1])


class Wide(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(2 * c1, c2, 1)

    def forward(self, x, y):
        return self.conv(torch.cat([x, y], 1))


class Vector(nn.Module):
    def __init__(self, dim, c2):
        super().__init__()
        self.fc = nn.Linear(c2, dim)

    def forward(self, x, vector):
        b, c, h, w = x.shape
        return x * self.fc(vector)[:, :, None, None]
"""


def merge(tmp_path: Path, body: str, donor: str = "AFF", **options: object) -> FuseOutcome:
    host, donors = tmp_path / "host.py", tmp_path / "donors.py"
    host.write_text(HOST.format(body=body), encoding="utf-8")
    donors.write_text(DONORS, encoding="utf-8")
    reference = donor if donor == "AFF" else f"{donors}:{donor}"
    return fuse_here(
        "merge", f"{host}:Block", reference, dry_run=True, allow=("gradients",), **options
    )


TAKEN = {
    "the last addition": (
        "y = x + self.a(x)\n        return y + self.b(y)",
        "self.aff(y, self.b(y))",
    ),
    "an addition before a concatenation": (
        "return self.a(torch.cat([self.narrow(x), self.narrow(x + self.b(x))], 1))",
        "self.narrow(self.aff(x, self.b(x)))",
    ),
    "a method": ("return self.a(x).add_(x)", "return self.aff(self.a(x), x)"),
    "a sum in a sum": ("return x + (self.a(x) + self.b(x))", "self.aff(x, self.a(x) + self.b(x))"),
    "an operand that is a condition": (
        "return self.a(x) + (x if x.ndim == 4 else x[0])",
        "self.aff(self.a(x), x if x.ndim == 4 else x[0])",
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_join_is_taken_over(name: str, tmp_path: Path) -> None:
    body, expected = TAKEN[name]
    outcome = merge(tmp_path, body, verify="quick")
    demand_ok(outcome)
    assert expected in fused_class(outcome)


REFUSED = {
    "no join": ("return self.a(x)", "neither adds nor concatenates two tensors by itself"),
    "three at once": (
        "return torch.cat([self.a(x), self.b(x), x], 1)",
        "neither adds nor concatenates two tensors by itself",
    ),
    "a number": ("return self.a(x) + 1", "neither adds nor concatenates two tensors by itself"),
    "a weighted addition": (
        "return torch.add(self.a(x), x, alpha=0.5)",
        "its two operands are not written out",
    ),
    "a list made before": (
        "y = [self.a(x), x]\n        return torch.cat(y, 1)",
        "its two operands are not written out",
    ),
    "in place without a result": (
        "y = self.a(x)\n        y.add_(x)\n        return y",
        "its two operands are not written out",
    ),
    "in a loop": (
        "for one in (self.a, self.b):\n            x = x + one(x)\n        return x",
        "runs several times in one forward",
    ),
    "of different widths": (
        "return torch.cat([self.narrow(x), x], 1)",
        "joins tensors of different shapes: ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_join_that_cannot_be_taken_over_is_refused(name: str, tmp_path: Path) -> None:
    body, reason = REFUSED[name]
    with pytest.raises(CannotFuse) as caught:
        merge(tmp_path, body, verify="off")
    assert reason in caught.value.message


def test_a_donor_that_takes_a_list_is_given_one(tmp_path: Path) -> None:
    outcome = merge(tmp_path, "return x + self.a(x)", "Listed")
    demand_ok(outcome)
    assert "self.listed = AsList(Listed(dim))" in fused_class(outcome)
    assert outcome.adapters == ("AsList: the inputs of Listed as one list",)


def test_a_donor_gives_the_channels_of_a_concatenation_itself(tmp_path: Path) -> None:
    outcome = merge(tmp_path, "return torch.cat([self.narrow(x), self.narrow(-x)], dim=1)", "Wide")
    demand_ok(outcome)
    assert "self.wide = Wide(dim // 2, dim)" in fused_class(outcome)
    assert outcome.adapters == ()


def test_a_donor_whose_inputs_differ_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotFuse, match="its two inputs differ in shape"):
        merge(tmp_path, "return x + self.a(x)", "Vector", verify="off")


@pytest.mark.parametrize(
    ("at", "error", "told"),
    [
        ("add", UnknownName, "has no addition or concatenation `add`"),
        ("a", UnknownName, "has no addition or concatenation `a`"),
    ],
)
def test_a_join_that_does_not_exist_is_told_with_those_that_do(
    at: str, error: type[FuseError], told: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        merge(tmp_path, "return torch.cat([x, x + self.a(x + self.b(x))], 1)", at=at)
    assert told in caught.value.message
    assert caught.value.hint == "it has: add.0, add.1, cat"


def test_a_join_in_contained_modules_is_named_behind_them() -> None:
    outcome = fuse_here("merge", "C2f", "AFF", at="m.*.add", verify="quick", dry_run=True)
    demand_ok(outcome)
    assert "return self.aff(x, y) if self.add else y" in outcome.source
    assert "class C2f_AFF(nn.Module)" in outcome.source
