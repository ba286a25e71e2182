"""A default argument is made once, for all calls: a list in it grows, a layer is shared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    constructing,
    rewritten,
)
from fusion_cli.syntax.tree import code, statements, walk

SUMMARY = "lists, dicts and layers made in a default argument → made in the constructor"
FOR_CHECKS = ("pure",)

_CHANGES = frozenset({
    "add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse",
    "setdefault", "sort", "update",
})  # fmt: skip


def repair(text: str) -> str:
    """Default to None and make the value in the constructor.

    A list, dict or set that the constructor only reads is left alone.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in constructing(module):
            shared = list(_shared(source, method))
            if shared and isinstance(method.body, cst.IndentedBlock):
                edits.update(
                    (parameter.default, _none) for parameter in shared if parameter.default
                )
                edits[method.body] = partial(_made, lines=[_line(param) for param in shared])
    return edits


def _shared(source: Source, method: cst.FunctionDef) -> Iterator[cst.Param]:
    changed = set(_changed(method))
    for param in (*method.params.params, *method.params.kwonly_params):
        if param.default is None:
            continue
        mutable = isinstance(param.default, cst.List | cst.Dict | cst.Set)
        if source.is_module(param.default) or (mutable and param.name.value in changed):
            yield param


def _changed(method: cst.FunctionDef) -> Iterator[str]:
    """The names whose values a method changes in place."""
    for node in walk(method.body):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            if node.func.attr.value in _CHANGES:
                yield code(node.func.value)
        elif isinstance(node, cst.AugAssign | cst.AssignTarget):
            target = node.target
            if isinstance(target, cst.Subscript):
                yield code(target.value)
            elif isinstance(node, cst.AugAssign):
                yield code(target)


def _line(param: cst.Param) -> str:
    assert param.default is not None
    name = param.name.value
    return f"{name} = {code(param.default)} if {name} is None else {name}"


def _none(default: cst.CSTNode) -> cst.Name:
    return cst.Name("None")


def _made(block: cst.IndentedBlock, lines: list[str]) -> cst.IndentedBlock:
    """The block with these lines first, behind its docstring."""
    new = [statement for line in lines for statement in statements(line)]
    start = 1 if _is_docstring(block.body[0]) else 0
    return block.with_changes(body=[*block.body[:start], *new, *block.body[start:]])


def _is_docstring(statement: cst.CSTNode) -> bool:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
