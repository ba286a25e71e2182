"""Hosts that run all that they hold, as `nn.Sequential` does: there, what a fusion adds is left out.

`for layer in self:` becomes `for layer in list(self)[:-1]:`, so what is added must be held last.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.tree import (
    code,
    expression,
    self_attribute,
    walk,
)

_OF_MODULES = {"children", "named_children"}
_OF_CONTAINERS = {"values", "items", "keys"}


def enumerations(host: HostClass, is_container: bool) -> list[cst.BaseExpression]:
    """The expressions in `forward`, and in methods that it calls, which give all that is held."""
    methods = _OF_MODULES | (_OF_CONTAINERS if is_container else set())
    found: list[cst.BaseExpression] = []
    for node in _running(host):
        if isinstance(node, cst.Call) and self_attribute(node.func) in methods - set(host.methods):
            found.append(node)
        elif is_container:
            found += _whole(node)
            found += [node] if isinstance(node, cst.Attribute) and _is_torchs_forward(node) else []
    return found


def _is_torchs_forward(node: cst.Attribute) -> bool:
    """Whether a function is `super().forward`, which runs all that a container holds."""
    owner = node.value.func if isinstance(node.value, cst.Call) else None
    return isinstance(owner, cst.Name) and owner.value == "super" and node.attr.value == "forward"


def without_last(node: cst.BaseExpression, count: int) -> cst.BaseExpression:
    """All but the last of what an expression gives one after the other, or runs."""
    if isinstance(node, cst.Attribute):
        return expression(f"nn.Sequential(*list(self)[:-{count}])")
    return expression(f"list({code(node)})[:-{count}]")


def _running(host: HostClass) -> Iterator[cst.CSTNode]:
    """The nodes of `forward` and of the methods that it calls."""
    names = ["forward"] if "forward" in host.methods else []
    for name in names:  # grows while it is gone through
        for node in walk(host.methods[name].body):
            called = self_attribute(node)
            if called in host.methods and called not in names:
                names.append(called)
            yield node


def _whole(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """`self` itself, where a loop, a star or a function goes through it."""
    if isinstance(node, cst.For | cst.CompFor):
        places = [node.iter]
    elif isinstance(node, cst.StarredElement):
        places = [node.value]
    elif (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and code(node.func) != "super"
    ):
        places = [arg.value for arg in node.args]
    else:
        return
    yield from (place for place in places if isinstance(place, cst.Name) and place.value == "self")
