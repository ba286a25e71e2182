"""Read a host's class: what it declares, where it calls it, and a copy of it that can be traced.

The traced copy is the same source with two kinds of probe: every expression of a method and every
call in `__init__` reports its value under a number, and every statement of `__init__` its scope.
The numbers belong to nodes of the tree that is rewritten later, so what was seen at run time is
known in the source.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from fusion_cli.model.errors import BadFile
from fusion_cli.model.probes import SCOPE_PROBE, VALUE_PROBE
from fusion_cli.syntax.plain import plain
from fusion_cli.syntax.statements import first_line
from fusion_cli.syntax.tree import (
    as_expression,
    code,
    enclosing,
    line_of,
    parents_of,
    self_attribute,
    stores,
    walk,
)

_EXPRESSIONS = (cst.Call, cst.BinaryOperation, cst.Name, cst.Attribute, cst.Subscript)
_ATOMS = {"self", "cls", "True", "False", "None"}
# No probe may stand in these: they run outside of the method, or hold no plain expressions.
_OPAQUE = (
    *(cst.Parameters, cst.Annotation, cst.Decorator, cst.AssignTarget, cst.FormattedString),
    *(cst.Del, cst.Global, cst.Nonlocal, cst.Import, cst.ImportFrom, cst.AsName),
)
# The part of a node that is a label or a target, not a value.
_LABELS: Mapping[type[cst.CSTNode], str] = {
    **dict.fromkeys((cst.AugAssign, cst.AnnAssign, cst.For, cst.CompFor, cst.NamedExpr), "target"),
    cst.MatchCase: "pattern",
    cst.Arg: "keyword",
    cst.Attribute: "attr",
    cst.FunctionDef: "name",
}


@dataclass(frozen=True, eq=False)
class HostClass:
    """One class of a file as a tree, and the numbers under which its parts are traced."""

    name: str
    file_text: str
    lines: tuple[int, int]  # the class in the file: first line (its decorators), last line
    indent: str
    tree: cst.Module
    expressions: Mapping[int, cst.BaseExpression]
    scopes: Mapping[int, cst.CSTNode]  # statements of `__init__`
    traced_text: str  # the whole file, with this class probed
    building: Mapping[int, cst.Call]  # the calls that may build a part
    inherited: frozenset[str] = frozenset()  # methods that are copies of a base class's

    @cached_property
    def node(self) -> cst.ClassDef:
        return next(
            statement for statement in self.tree.body if isinstance(statement, cst.ClassDef)
        )

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return parents_of(self.tree)

    @cached_property
    def numbers(self) -> dict[cst.CSTNode, int]:
        return {node: number for number, node in self.expressions.items()}

    @cached_property
    def methods(self) -> dict[str, cst.FunctionDef]:
        return {
            statement.name.value: statement
            for statement in self.node.body.body
            if isinstance(statement, cst.FunctionDef)
        }

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Every attribute of `self` that the class mentions, and its methods and class variables."""
        mentioned = {self_attribute(node) for node in walk(self.node)} - {None}
        assigned = {
            target.target.value
            for line in self.node.body.body
            for node in walk(line)
            if isinstance(node, cst.Assign)
            for target in node.targets
            if isinstance(target.target, cst.Name)
        }
        return frozenset({name for name in mentioned if name} | set(self.methods) | assigned)

    @cached_property
    def functions(self) -> dict[int, str]:
        """How the function of every call in the methods is written: `self.cv1`."""
        return {
            number: code(expression.func)
            for number, expression in self.expressions.items()
            if isinstance(expression, cst.Call)
        }

    def declarations(self, attribute: str) -> list[cst.SimpleStatementLine]:
        """The statements of `__init__` that assign `self.<attribute>`."""
        return [
            scope
            for scope in self.scopes.values()
            if isinstance(scope, cst.SimpleStatementLine)
            and attribute in declared_attributes(scope)
        ]

    def fillings(self, attribute: str) -> list[cst.SimpleStatementLine]:
        """The statements of `__init__` that put items into it: `self.body.append(…)`."""
        return [
            scope
            for scope in self.scopes.values()
            if isinstance(scope, cst.SimpleStatementLine) and attribute == _filled(scope)
        ]


def _filled(line: cst.SimpleStatementLine) -> str | None:
    """The attribute of `self` whose method a statement calls for its effect."""
    match line.body:
        case [cst.Expr(value=cst.Call(func=cst.Attribute(value=owner)))]:
            return self_attribute(owner)
    return None


def declared_attributes(line: cst.SimpleStatementLine) -> set[str]:
    """The attributes of `self` that a statement assigns."""
    found: set[str | None] = set()
    for statement in line.body:
        if isinstance(statement, cst.Assign):
            found |= {self_attribute(target.target) for target in statement.targets}
        elif isinstance(statement, cst.AnnAssign):
            found.add(self_attribute(statement.target))
    return {name for name in found if name}


def overwritten(host: HostClass, name: str, start: cst.CSTNode, end: cst.CSTNode) -> bool:
    """Whether `name` may be bound anew between two places of one method (the whole loop counts)."""
    function = enclosing(end, host.parents, cst.FunctionDef)
    assert function is not None
    order = {node: index for index, node in enumerate(walk(function))}
    first = order[line_of(start, host.parents)] if start is not function else 0
    last = order[line_of(end, host.parents)]
    loop = enclosing(end, host.parents, cst.For, cst.While)
    if loop is not None and loop in order:
        inside = list(walk(loop))
        first, last = min(first, order[loop]), max(last, order[inside[-1]])
    return any(
        name in stores(node)
        for node, index in order.items()
        if first <= index < last and isinstance(node, cst.SimpleStatementLine | cst.For | cst.With)
    )


def class_lines(text: str, name: str) -> tuple[int, int, str]:
    """Where a class stands in its file: first line with its decorators, last line, its indent.

    Raises:
        BadFile: there is no such class.
    """
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    chosen = [item for item in found if item.name == name]
    if not chosen:
        raise BadFile(f"there is no class {name} in the file")
    node = chosen[-1]  # the last definition is the one that counts
    first = first_line(node)
    line = text.splitlines()[node.lineno - 1]
    return first, node.end_lineno or first, line[: len(line) - len(line.lstrip())]


class _Probe(cst.CSTTransformer):
    """Put the probes in, and remember which node each number stands for."""

    def __init__(self) -> None:
        self.expressions: dict[int, cst.BaseExpression] = {}
        self.building: dict[int, cst.Call] = {}
        self.scopes: dict[cst.CSTNode, int] = {}
        self._count = 0
        self._functions: list[str] = []
        self._skipped: set[cst.CSTNode] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self._functions.append(node.name.value)
        return True

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self._functions.pop()
        return updated_node

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _OPAQUE):
            return False
        self._skip_parts_of(node)
        if (
            self._functions == ["__init__"]
            and isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement)
            and node not in self._skipped
        ):
            self.scopes[node] = len(self.scopes)
        return super().on_visit(node)

    def _skip_parts_of(self, node: cst.CSTNode) -> None:
        part: cst.CSTNode | None = getattr(node, _LABELS.get(type(node), ""), None)
        if part is not None:
            self._skipped.update(walk(part))
        if isinstance(node, cst.Call):
            self._skipped.add(node.func)  # what it is made of is probed all the same
        if isinstance(node, cst.If) and isinstance(node.orelse, cst.If):
            self._skipped.add(node.orelse)  # an `elif` is no statement that a probe can precede

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        updated = super().on_leave(original_node, updated_node)
        assert isinstance(updated, cst.CSTNode)
        if self._functions and self._functions[0] == "__init__":
            if isinstance(original_node, cst.Call):
                return self._built(original_node, updated)
            return self._scoped(original_node, updated)
        if self._functions and isinstance(original_node, _EXPRESSIONS):
            return self._valued(original_node, updated)
        return updated

    def _valued(self, node: cst.BaseExpression, updated: cst.CSTNode) -> cst.CSTNode:
        if isinstance(node, cst.Name) and node.value in _ATOMS:
            return updated
        number = self._number()
        self.expressions[number] = node
        if isinstance(node, cst.Call):
            self.building[number] = node
        return updated if node in self._skipped else _reporting(number, updated)

    def _built(self, node: cst.Call, updated: cst.CSTNode) -> cst.CSTNode:
        if node in self._skipped:
            return updated
        number = self._number()
        self.building[number] = node
        return _reporting(number, updated)

    def _number(self) -> int:
        self._count += 1
        return self._count - 1

    def _scoped(
        self, node: cst.CSTNode, updated: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        if node not in self.scopes:
            return updated
        probe = cst.parse_statement(f"{SCOPE_PROBE}({self.scopes[node]}, locals())")
        return cst.FlattenSentinel([probe, updated])


def _reporting(number: int, value: cst.CSTNode) -> cst.Call:
    args = [cst.Arg(cst.Integer(str(number))), cst.Arg(as_expression(value))]
    return cst.Call(func=cst.Name(VALUE_PROBE), args=args)


def analyse(text: str, name: str, inherited: frozenset[str] = frozenset()) -> HostClass:
    """Read the class `name` of a file; `inherited` are the methods that were copied into it.

    Raises:
        BadFile: there is no such class.
    """
    first, last, indent = class_lines(text, name)
    lines = text.splitlines(keepends=True)
    own = "".join(line.removeprefix(indent) for line in lines[first - 1 : last])
    tree = plain(cst.parse_module(own))
    probe = _Probe()
    traced = tree.visit(probe).code
    probed = "".join(indent + line for line in traced.splitlines(keepends=True))
    whole = "".join([*lines[: first - 1], probed.rstrip("\n") + "\n", *lines[last:]])
    return HostClass(
        name=name,
        file_text=text,
        lines=(first, last),
        indent=indent,
        tree=tree,
        expressions=probe.expressions,
        scopes={number: node for node, number in probe.scopes.items()},
        traced_text=whole,
        building=probe.building,
        inherited=inherited,
    )
