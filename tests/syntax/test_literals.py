"""Literals: numbers are folded, names filled in, shapes of tensors read, nothing is run."""

from __future__ import annotations

import ast

import pytest

from fusion_cli.model.basics import Shape
from fusion_cli.syntax.literals import fill, free_in, is_plain, number, shape_of


def tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-2 * 4 + 1", -7), ("7 // 2", 3), ("1 / 0", None), ("n", None), ("'a'", None)],
)
def test_a_number_is_folded(text: str, value: float | None) -> None:
    assert number(tree(text)) == value


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("torch.randn(2, 16, 8 * 2, 8)", (2, 16, 16, 8)),
        ("torch.zeros((1, 8))", (1, 8)),
        ("torch.rand(size=[1, 4])", (1, 4)),
        ("torch.full((1, 8), 0.5)", (1, 8)),
        ("Variable(torch.ones(1, 3)).cuda()", (1, 3)),
        ("4", ()),
        *(("torch.randn(b, 16)", None), ("torch.arange(4)", None), ("x", None)),
    ],
)
def test_the_shape_of_a_tensor_is_read(text: str, shape: Shape | None) -> None:
    assert shape_of(tree(text)) == shape


def test_names_are_filled_in_and_folded() -> None:
    filled = fill(tree("f(dim * 2, dim=dim)"), {"dim": tree("8")})
    assert ast.unparse(filled) == "f(16, dim=8)"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("nn.Conv2d(3, 8, 1)", True),
        ("[partial(nn.LayerNorm, eps=1e-6)] * len(range(3))", True),
        *(("open('f')", False), ("load()", False), ("(n := 3)", False)),
    ],
)
def test_what_reads_files_or_binds_names_is_not_plain(text: str, plain: bool) -> None:
    assert is_plain(tree(text)) is plain


def test_what_an_expression_binds_itself_is_not_free() -> None:
    assert free_in(tree("[one * dim for one in widths] + [(lambda k: k)(n)]")) == {
        *("dim", "widths", "n"),
    }
