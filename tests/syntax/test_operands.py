"""The operands of a join as the source writes them out."""

from __future__ import annotations

import libcst as cst
import pytest

from fusion_cli.model.placeholders import ARG, SECOND
from fusion_cli.syntax.operands import operands
from fusion_cli.syntax.tree import code, expression

SUM = f"{ARG} + {SECOND}"


@pytest.mark.parametrize(
    ("text", "first", "second", "whole"),
    [
        ("a + f(b)", "a", "f(b)", SUM),
        ("(a * 2) + b", "a * 2", "b", SUM),
        ("torch.add(a, b)", "a", "b", SUM),
        ("a.add(b)", "a", "b", SUM),
        ("torch.cat([a, b], 1)", "a", "b", f"torch.cat([{ARG}, {SECOND}], 1)"),
        ("torch.cat((a, b), dim=1)", "a", "b", f"torch.cat(({ARG}, {SECOND}), dim=1)"),
    ],
)
def test_both_operands_are_found(text: str, first: str, second: str, whole: str) -> None:
    found = operands(expression(text))
    assert found is not None
    assert tuple(map(code, (found.first, found.second, found.whole))) == (first, second, whole)


def test_an_assignment_in_place_joins_its_target() -> None:
    line = cst.ensure_type(cst.parse_statement("y += self.cv(x)"), cst.SimpleStatementLine)
    found = operands(line.body[0])
    assert found and (code(found.first), code(found.second)) == ("y", "self.cv(x)")


@pytest.mark.parametrize(
    "text",
    [
        *("a - b", "torch.add(a, b, alpha=2)", "torch.cat([a, b, c], 1)", "torch.cat([*a, b])"),
        *("torch.add(*pair)", "f()", "a.add(b, alpha=2)"),
    ],
)
def test_what_is_not_two_written_out_is_no_join(text: str) -> None:
    assert operands(expression(text)) is None
