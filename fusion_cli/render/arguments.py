"""What the host's source gives an operator beside its tensors: `chunk(2, 1)`, `view(-1, 1, 1)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from fusion_cli.model.flow import Flow, Node
from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.tree import code, walk

_NO_MATTER = {"inplace"}  # what decides nothing that a formula shows
_ELLIPSIS = ast.Name("…")


@dataclass(frozen=True, eq=False)
class Written:
    """The operators of one run, as the host's source writes them."""

    source: HostClass
    flow: Flow

    @cached_property
    def _values(self) -> dict[cst.CSTNode, set[int]]:
        """The tensors that each expression of the source was in this run."""
        found: dict[cst.CSTNode, set[int]] = {}
        for number, value, _ in self.flow.expressions:
            found.setdefault(self.source.expressions[number], set()).add(value)
        return found

    def call(self, node: Node, given: Sequence[ast.expr]) -> ast.expr | None:
        """The call of an operator with the formulas of its tensors; None where it is not found.

        Tensors stand where the source has them, as a list where it hands them over in one.
        """
        name = node.name.strip("_")
        call = next(self._calls(node, name), None)
        if call is None:
            return None
        tensors = list(given)
        method = isinstance(call.func, cst.Attribute) and self._is(call.func.value, node.inputs[:1])
        args = [tensors.pop(0)] if method else []
        keywords: list[ast.keyword] = []
        for index, arg in enumerate(call.args):
            many = not method and index == 0 and not self._is(arg.value, node.inputs)
            value = ast.List(tensors[:]) if many else self._argument(arg, node, tensors)
            if many:
                tensors.clear()
            if arg.keyword is None:
                args.append(value)
            elif arg.keyword.value not in _NO_MATTER:
                keywords.append(ast.keyword(arg.keyword.value, value))
        return None if tensors else ast.Call(ast.Name(name), args, keywords)

    def index(self, node: Node) -> ast.expr:
        """What stands in the brackets behind a tensor."""
        for subscript, values in self._values.items():
            if (
                isinstance(subscript, cst.Subscript)
                and values & set(node.outputs)
                and self._is(subscript.value, node.inputs[:1])
            ):
                text = ", ".join(code(item.slice) for item in subscript.slice)
                return _ELLIPSIS if any(map(self._holds, subscript.slice)) else _bare(text)
        return _ELLIPSIS

    def _calls(self, node: Node, name: str) -> Iterator[cst.Call]:
        """The calls of an operator of this name that gave what the node gave, or took what it took."""
        for expression in self.source.expressions.values():
            if isinstance(expression, cst.Call) and _called(expression) == name:
                operands = (
                    [expression.func.value] if isinstance(expression.func, cst.Attribute) else []
                )
                operands += [arg.value for arg in expression.args[:1]]
                made = bool(self._values.get(expression, set()) & set(node.outputs))
                if made or any(self._is(each, node.inputs[:1]) for each in operands):
                    yield expression

    def _is(self, expression: cst.BaseExpression, values: Sequence[int]) -> bool:
        return bool(self._values.get(expression, set()) & set(values))

    def _holds(self, node: cst.CSTNode) -> bool:
        """Whether a tensor is read within."""
        return any(child in self._values for child in walk(node))

    def _argument(self, arg: cst.Arg, node: Node, tensors: list[ast.expr]) -> ast.expr:
        if self._is(arg.value, node.inputs) and tensors:
            return tensors.pop(0)
        return _ELLIPSIS if arg.star or self._holds(arg.value) else _bare(code(arg.value))


def _called(call: cst.Call) -> str:
    function = call.func
    name = function.attr if isinstance(function, cst.Attribute) else function
    return name.value.strip("_") if isinstance(name, cst.Name) else ""


def _bare(text: str) -> ast.expr:
    """Source text in one line, without `self.`."""
    return ast.Name(" ".join(text.split()).replace("self.", ""))
