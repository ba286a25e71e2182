"""Names that are used and never bound: what the scopes of Python make of them."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.runtime.battery.names import (
    missing,
    reached,
    stars,
    unused_imports,
)

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])

BOUND = {
    "argument": "def f(a, *b, c=1, **d):\n    return a, b, c, d",
    "comprehension": "xs = [[y for y in range(x)] for x in range(3)]",
    "closure": "def f():\n    a = 1\n    def g():\n        return a\n    return g",
    "global statement": "def f():\n    global a\n    a = 1\ndef g():\n    return a",
    "exception": "try:\n    pass\nexcept ValueError as e:\n    print(e)",
    "with": "with open(__file__) as f, f as g:\n    print(g)",
    "class scope": "class A:\n    b = 1\n    c = b\n    def m(self):\n        return __class__, A",
    "walrus": "if (n := 3) > 2:\n    print(n)",
    "import": "import os.path as p, sys\nfrom math import pi as q\nprint(p, sys, q)",
    "later definition": "def f():\n    return g()\ndef g():\n    return f",
    "match": "match 1:\n    case {'a': x, **rest}:\n        print(x, rest)",
    "loop target": "for i, (a, *b) in []:\n    print(i, a, b)",
    "lambda default": "a = 1\nf = lambda x=a: x",
    "builtins": "print(len, __name__, __file__, NotImplemented)",
}
FREE = {
    "a": "def f():\n    return a",
    "b": "class A:\n    a = b",
    "c": "x = [y for y in c]",
    "d": "class A:\n    d = 1\n    def m(self):\n        return d",
    "e": "try:\n    pass\nexcept e:\n    pass",
    "f": "@f\ndef g():\n    pass",
    "g": "def h(x=g): ...",
}


def absent(text: str) -> list[str]:
    return [use.name for use in missing(text, ast.parse(text), frozenset())]


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND)
def test_bound_names_are_not_missing(text: str) -> None:
    assert absent(text) == []


@pytest.mark.parametrize(("name", "text"), FREE.items())
def test_free_names_are_missing(name: str, text: str) -> None:
    assert absent(text) == [name]


@given(st.lists(NAMES, max_size=3), st.lists(NAMES, min_size=1, max_size=4), st.booleans())
def test_missing_is_what_running_would_not_find(
    defined: list[str], used: list[str], in_function: bool
) -> None:
    body = "\n".join(f"{name}" for name in used)
    if in_function:
        body = f"def f():\n{textwrap.indent(body, '    ')}\nf()"
    text = "\n".join([*(f"{name} = 1" for name in defined), body])
    found = set(absent(text))
    assert found == set(used) - set(defined)
    try:
        exec(text, {})
    except NameError as error:
        assert error.name in found
    else:
        assert not found


def test_a_use_is_told_by_its_first_line() -> None:
    text = "x = 1\ndef f():\n    return a\ny = 2\ndef g():\n    return a"
    assert [use.line for use in missing(text, ast.parse(text), frozenset())] == [3]


def test_known_names_count_as_bound() -> None:
    text = "from torch import *\nprint(zeros)"
    tree = ast.parse(text)
    assert stars(tree)
    assert missing(text, tree, frozenset({"zeros"})) == ()


def test_unused_imports() -> None:
    text = "from __future__ import annotations\nimport os\nimport a.b\nfrom c import d as e, f\n"
    tree = ast.parse(text + "__all__ = ['f']\nprint(a.b)\n")
    assert [use.name for use in unused_imports(tree)] == ["os", "e"]


def test_reached_follows_names_and_leaves_the_demo_out() -> None:
    text = """\
import torch
class Other: ...
def helper(): return deeper()
def deeper(): ...
class Wanted:
    part = helper
if __name__ == "__main__":
    Other()
"""
    assert reached(ast.parse(text), "Wanted") == {1, 3, 4, 5, 6}
