"""Binding locals before statements changes neither what is called nor when: no torch in here."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_cli.render.rewrite.hoist import hoisted

HOST = "class Block:\n    def forward(self, x, z):\n        return x\n"


def method(body: str, rest: str = "") -> str:
    lines = textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
    return f"class Block:\n    def forward(self, x, z):\n{lines}\n{textwrap.indent(rest, ' ' * 4)}"


def written(body: str, rest: str = "", host: str = HOST) -> str:
    """The body of `forward` as it becomes."""
    tree = hoisted(cst.parse_module(method(body, rest)), cst.parse_module(host))
    forward = tree.code.split("z):\n")[1]
    return textwrap.dedent(forward.split("    def ")[0].split("    @")[0]).strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "return x + self.b(self.a(x)) if self.add else self.b(self.a(x))",
            "y = self.b(self.a(x))\nreturn x + y if self.add else y",
        ),
        (
            "return x + self.b(y := self.a(x)) + y if self.add else self.b(y := self.a(x)) + y",
            "y = self.a(x)\ny2 = self.b(y)\nreturn x + y2 + y if self.add else y2 + y",
        ),
        (
            "return x + (self.b(y := self.a(x)) + y) if self.add else self.b(y := self.a(x)) + y",
            "y = self.a(x)\ny = self.b(y) + y\nreturn x + y if self.add else y",
        ),
        (
            "return self.c(self.a(x) if self.b is None else self.b(self.a(x)))",
            "y = self.a(x)\nreturn self.c(y if self.b is None else self.b(y))",
        ),
        ("z = self.b(self.a(x)) if self.on else self.a(x)",
         "z = self.a(x)\nz = self.b(z) if self.on else z"),
        ("return self.b(y := self.a(x)) if self.on else self.a(x)",
         "y = self.a(x)\nreturn self.b(y) if self.on else y"),
        ("return self.a(x) if self.p else self.b(self.a(x)) if self.q else self.a(x) + 1",
         "y = self.a(x)\nreturn y if self.p else self.b(y) if self.q else y + 1"),
        ("return self.b(x) + self.a(y := self.c(x)) + y",
         "y2 = self.b(x)\ny = self.c(x)\nreturn y2 + self.a(y) + y"),
        ("x += self.a(y := self.c(x)) + y", "y = self.c(x)\nx += self.a(y) + y"),
    ],
)  # fmt: skip
def test_what_is_bound_inside_or_shared_becomes_a_statement(before: str, after: str) -> None:
    assert written(before) == after


@pytest.mark.parametrize(
    "body",
    [
        "return [self.a(y := self.b(z)) + y for z in x]",
        "return self.c(x) or self.a(y := self.b(x)) + y",
        "return self.a(y := self.b(x)) + y if self.on else self.c(x)",
        "return self.a(x) + x if self.test(x) else self.a(x)",
        "return self.b(x) + self.a(x) if self.on else self.a(x)",
        "return x * 2 + self.a(x) if self.on else self.a(x)",
        "return x + self.a(x) if self.moved else self.a(x)",
        "return x + self.a(x) if self.computed else self.a(x)",
        "return x + z if self.on else z",
    ],
)
def test_what_would_be_computed_in_another_order_stays(body: str) -> None:
    rest = "def step(self):\n    self.moved = 1\n@property\ndef computed(self):\n    return 1\n"
    assert written(body, rest) == body


def test_a_statement_of_the_host_stays_as_it_is() -> None:
    body = "return x + self.a(x) if self.on else self.a(x)"
    assert written(body, host=method(body)) == body


# ---- generated expressions, run before and after -------------------------------------------------


@dataclass
class Run:
    """What is called in what order; a value is the number of the call that gave it."""

    calls: list[tuple[object, ...]] = field(default_factory=list)

    def __call__(self, *call: object) -> Value:
        self.calls.append(call)
        return Value(self, len(self.calls))


@dataclass(frozen=True)
class Value:
    run: Run = field(repr=False)
    number: int

    def __add__(self, other: Value) -> Value:
        return self.run("+", self, other)

    def __getitem__(self, index: object) -> Value:
        return self.run("[]", self, index)

    def __bool__(self) -> bool:
        self.run("bool", self)
        return self.number % 2 == 0


class Module:
    def __init__(self, run: Run, flags: tuple[bool, bool]) -> None:
        self.p, self.q = flags
        self.run = run

    def a(self, *args: object) -> Value:
        return self.run("a", *args)

    def b(self, *args: object) -> Value:
        return self.run("b", *args)


LEAVES = st.sampled_from(("x", "z", "self.a(x)", "self.b(z)"))
SHAPES = (
    "self.a({})", "self.b({}, {})", "({} + {})", "{}[0]", "({} if self.p else {})",
    "({} if self.q else {})", "({} if {} else {})", "({} or {})", "[{} for _ in (1, 2)][0]",
    "({0} + self.a({1}) if self.p else self.a({1}))", "({0} if self.q else self.b({1}, {0}))",
    "(self.b({0}) + {1} if self.p else self.b({0}))",
)  # fmt: skip


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(inner, min_size=3, max_size=3)
    return st.builds(lambda shape, filling: shape.format(*filling), st.sampled_from(SHAPES), parts)


EXPRESSIONS = st.recursive(LEAVES, nested, max_leaves=8)


def traced(source: str, flags: tuple[bool, bool]) -> tuple[Value, list[tuple[object, ...]]]:
    space: dict[str, Any] = {}
    exec(source, space)
    run = Run()
    value = space["Block"].forward(Module(run, flags), Value(run, -1), Value(run, -2))
    return value, run.calls


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(SHAPES), st.tuples(st.booleans(), st.booleans()))
def test_the_same_is_called_in_the_same_order(
    kept: str, other: str, shape: str, flags: tuple[bool, bool]
) -> None:
    twice = f"(self.a(y := {kept}) + y)"
    source = method(f"return {shape.format(twice, other, twice)}")
    tree = hoisted(cst.parse_module(source), cst.parse_module(HOST))
    value, calls = traced(source, flags)
    after, later = traced(tree.code, flags)
    assert (after.number, [str(call) for call in later]) == (
        value.number,
        [str(call) for call in calls],
    )
