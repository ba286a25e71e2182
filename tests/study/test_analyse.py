"""A class as a tree: every expression has a number, and its traced copy does what it did."""

from __future__ import annotations

from typing import Any

import pytest

from fusion_cli.model.errors import BadFile
from fusion_cli.model.probes import SCOPE_PROBE, VALUE_PROBE
from fusion_cli.study.analyse import analyse, class_lines, overwritten
from fusion_cli.syntax.tree import code, walk

TEXT = '''\
import math


@register
class Host:
    """Adds."""

    def __init__(self, dim, *, deep=False):
        self.dim = dim
        if deep:
            self.layers = [dim] * 2
        elif dim > 4:
            self.layers = [dim]
        else:
            self.layers = []
        self.layers.append(math.floor(2.5))

    def forward(self, x):
        x = [a + b for a, b in zip(x, self.layers)]
        total, x[0] = sum(x), 7
        total += self.scaled(total)
        return f"{total}", x

    def scaled(self, x):
        return (lambda y: y * 2)(x)
'''


def run(text: str, **names: Any) -> tuple[Any, ...]:
    namespace: dict[str, Any] = {"register": lambda cls: cls, **names}
    exec(text, namespace)
    return tuple(
        namespace["Host"](dim, deep=deep).forward([1, 2, 3])
        for dim, deep in ((4, True), (8, False), (2, False))
    )


def test_the_traced_copy_computes_the_same() -> None:
    host = analyse(TEXT, "Host")
    seen: dict[int, Any] = {}
    scopes: dict[int, Any] = {}

    def value(number: int, result: Any) -> Any:
        seen.setdefault(number, result)
        return result

    probes = {VALUE_PROBE: value, SCOPE_PROBE: lambda number, names: scopes.update({number: names})}
    assert run(host.traced_text, **probes) == run(TEXT)
    by_text = {
        code(host.expressions[number]): one
        for number, one in seen.items()
        if number in host.expressions
    }
    assert by_text["self.scaled(total)"] == 2 * by_text["sum(x)"]
    assert {code(host.building[number]) for number in seen if number in host.building} >= {
        "math.floor(2.5)"
    }
    assert scopes.keys() == host.scopes.keys()


def test_the_class_stands_where_its_decorator_does() -> None:
    assert class_lines(TEXT, "Host") == (4, 25, "")
    with pytest.raises(BadFile, match="no class Other"):
        class_lines(TEXT, "Other")


def test_what_the_constructor_declares_is_found_in_every_arm() -> None:
    host = analyse(TEXT, "Host")
    declared = [code(one).strip() for one in host.declarations("layers")]
    assert declared == [f"self.layers = {one}" for one in ("[dim] * 2", "[dim]", "[]")]
    assert [code(one).strip() for one in host.fillings("layers")] == [
        "self.layers.append(math.floor(2.5))"
    ]
    assert host.attributes >= {"dim", "layers", "scaled", "forward"}


@pytest.mark.parametrize(("name", "anew"), [("x", True), ("total", False)])
def test_a_name_is_bound_anew_between_two_places(name: str, anew: bool) -> None:
    host = analyse(TEXT, "Host")
    forward = host.methods["forward"]
    (total,) = (
        one for one in walk(forward) if host.numbers.get(one) is not None and code(one) == "sum(x)"
    )
    assert overwritten(host, name, forward, total) is anew
