"""A call of a container, unrolled: what comes before and behind an item gets a call of its own.

`self.body(x)` is `self.body[2:](self.body[1](self.body[:1](x)))`: the weights keep their names, and
the item has an expression that can be rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from fusion_cli.model.errors import CannotFuse
from fusion_cli.study.views import Address, Step
from fusion_cli.syntax.tree import code, expression


@dataclass(frozen=True)
class Unrolled:
    """`suffixes(function(arg))` does what the host's call does; `function` is the site."""

    function: str
    arg: cst.BaseExpression
    suffixes: tuple[str, ...]  # innermost first

    def call(self, original: cst.Call) -> cst.Call:
        if code(original.func) == self.function:
            return original
        return cst.Call(func=expression(self.function), args=[cst.Arg(self.arg)])


@dataclass(frozen=True)
class Begun:
    """`suffixes(rest)` does what the host's call does; `arg` is what the site is given."""

    arg: cst.BaseExpression
    rest: cst.Call
    suffixes: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """`suffixes(whole)` does what the host's call does; `whole` gives what the site gives."""

    whole: cst.Call
    suffixes: tuple[str, ...]


def starts_late(address: Address) -> bool:
    """Whether something in a container runs before the item."""
    return any(step.index for step in address.steps)


def first_arg(call: cst.BaseExpression | None) -> cst.BaseExpression:
    """The first argument of a call, which is what a site is given.

    Raises:
        CannotFuse: there is none.
    """
    args = call.args if isinstance(call, cst.Call) else ()
    if not args or args[0].star:
        raise CannotFuse(
            f"the call `{code(call) if call else ''}` has no first argument to fuse with"
        )
    return args[0].value


def _descend(
    function: str, arg: cst.BaseExpression, steps: Iterable[Step]
) -> tuple[str, cst.BaseExpression, tuple[str, ...]]:
    """Walk into a container: what comes before the item joins the argument, the rest is a suffix."""
    suffixes: list[str] = []
    for step in steps:
        if step.index:
            arg = expression(f"{function}[:{step.index}]({code(arg)})")
        if not step.last:
            suffixes.insert(0, f"{function}[{step.index + 1}:]")
        function = f"{function}[{step.index}]"
    return function, arg, tuple(suffixes)


def unroll(call: cst.Call, inner: Address, outer: Address) -> Unrolled:
    """Give the site (from `inner` to `outer`, both in this call) an expression of its own."""
    if inner.steps == outer.steps:
        return Unrolled(*_descend(code(call.func), first_arg(call), inner.steps))
    if inner.steps[:-1] != outer.steps[:-1]:
        raise CannotFuse("a span inside containers must begin and end in the same container")
    function, arg, suffixes = _descend(code(call.func), first_arg(call), inner.steps[:-1])
    start, stop = inner.steps[-1], outer.steps[-1]
    if start.index:
        arg = expression(f"{function}[:{start.index}]({code(arg)})")
    if not stop.last:
        suffixes = (f"{function}[{stop.index + 1}:]", *suffixes)
    whole = not start.index and stop.last
    return Unrolled(
        function if whole else f"{function}[{start.index or ''}:{stop.index + 1}]", arg, suffixes
    )


def split_before(call: cst.Call, inner: Address) -> Begun:
    """Split a call where its container reaches the first item of the site."""
    if not starts_late(inner):
        return Begun(first_arg(call), call, ())
    function, arg, suffixes = _descend(code(call.func), first_arg(call), inner.steps[:-1])
    index = inner.steps[-1].index
    if index:
        arg = expression(f"{function}[:{index}]({code(arg)})")
        function = f"{function}[{index}:]"
    return Begun(arg, cst.Call(func=expression(function), args=[cst.Arg(arg)]), suffixes)


def split_behind(call: cst.Call, outer: Address) -> Ended:
    """Split a call behind the last item of the site."""
    if all(step.last for step in outer.steps):
        return Ended(call, ())
    function, arg, suffixes = _descend(code(call.func), first_arg(call), outer.steps[:-1])
    step = outer.steps[-1]
    if not step.last:
        suffixes = (f"{function}[{step.index + 1}:]", *suffixes)
        function = f"{function}[:{step.index + 1}]"
    return Ended(cst.Call(func=expression(function), args=[cst.Arg(arg)]), suffixes)


def wrapped(node: cst.BaseExpression, functions: Iterable[str]) -> cst.BaseExpression:
    """`node` handed through `functions`, the first of them first."""
    for function in functions:
        node = cst.Call(func=expression(function), args=[cst.Arg(node)])
    return node


def with_arg(call: cst.BaseExpression, arg: cst.BaseExpression) -> cst.BaseExpression:
    """The call with another first argument."""
    found = cst.ensure_type(call, cst.Call)
    sole = len(found.args) == 1 and isinstance(arg, cst.NamedExpr)
    bare = arg.with_changes(lpar=[], rpar=[]) if sole else arg
    return found.with_changes(args=[found.args[0].with_changes(value=bare), *found.args[1:]])
