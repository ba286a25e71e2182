"""Expressions put in the place of others: what they compute is kept, whatever the operators."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.syntax.precedence import substitute
from fusion_cli.syntax.tree import code, expression

OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "@", "**", "<<", "&", "^", "|", "and", "or", "<", "in"]
)


def _combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(parts, OPERATORS, parts)
    return st.one_of(
        pair.map(lambda one: f"({one[0]}) {one[1]} ({one[2]})"),
        parts.map(lambda one: f"-({one})"),
        parts.map(lambda one: f"not ({one})"),
        parts.map(lambda one: f"({one}).size(0)"),
        parts.map(lambda one: f"f({one}, *({one}))"),
        st.tuples(parts, parts).map(lambda one: f"({one[0]}) if ({one[1]}) else c"),
        parts.map(lambda one: f"lambda: ({one})"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(["a", "b", "x"]), _combined, max_leaves=6)


@given(EXPRESSIONS, EXPRESSIONS)
def test_what_is_computed_is_what_stands_there(template: str, value: str) -> None:
    """Both are written with as few parentheses as Python needs, as people write them."""
    bare, put = (ast.unparse(ast.parse(one, mode="eval")) for one in (template, value))
    filled = substitute(expression(bare), {"x": [expression(put)]})
    assert ast.dump(ast.parse(code(filled), mode="eval")) == ast.dump(_filled(bare, put))


def _filled(template: str, value: str) -> ast.Expression:
    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(value, mode="eval").body if node.id == "x" else node

    tree = Fill().visit(ast.parse(template, mode="eval"))
    assert isinstance(tree, ast.Expression)
    return tree


@pytest.mark.parametrize(
    ("template", "value", "written"),
    [
        ("x * 2", "a + b", "(a + b) * 2"),
        ("x + 2", "a + b", "a + b + 2"),
        ("2 - x", "a - b", "2 - (a - b)"),
        ("x ** 2", "-a", "(-a) ** 2"),
        ("f(x)", "a if b else c", "f(a if b else c)"),
        ("x.shape", "a + b", "(a + b).shape"),
        ("(x)", "a + b", "(a + b)"),
        ("f(x=x)", "a", "f(x=a)"),
    ],
)
def test_no_parentheses_are_written_that_nobody_needs(
    template: str, value: str, written: str
) -> None:
    assert code(substitute(expression(template), {"x": [expression(value)]})) == written


def test_the_second_use_takes_the_second_value() -> None:
    filled = substitute(expression("x + x + x"), {"x": [expression("(y := a)"), expression("y")]})
    assert code(filled) == "(y := a) + y + y"
