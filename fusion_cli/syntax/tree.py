"""Small tools over libcst trees that analysis and rewriting share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache

import libcst as cst

_PLAIN = cst.Module(body=[])


def code(node: cst.CSTNode) -> str:
    """The source of a node, without the blank lines and comments that lead it."""
    if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        node = node.with_changes(leading_lines=[])
    return _PLAIN.code_for_node(node).strip()


def expression(text: str) -> cst.BaseExpression:
    """Parse one expression, which may stand on several lines."""
    node = cst.parse_expression(f"({text.strip()}\n)")
    return node.with_changes(lpar=node.lpar[1:], rpar=node.rpar[:-1])


def statements(text: str) -> list[cst.BaseStatement]:
    """Parse statements; the module's own header and footer are dropped."""
    return [
        node.with_changes(leading_lines=[line for line in node.leading_lines if line.comment])
        for node in cst.parse_module(text).body
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement)
    ]


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all beneath it, in source order."""
    yield node
    for child in children(node):
        yield from walk(child)


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly beneath one, in the order of evaluation; white space is left out.

    (libcst's own `children` visits them, which takes fifty times as long.)
    """
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, list | tuple):
            yield from (child for child in value if isinstance(child, cst.CSTNode))


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = [field.name for field in fields(kind) if not _is_space(field.name)]
    first = ("decorators", "body", "test") if kind is cst.IfExp else ("decorators",)
    return tuple(sorted(names, key=lambda name: first.index(name) if name in first else len(first)))


def _is_space(name: str) -> bool:
    return "whitespace" in name or name in ("lpar", "rpar", "leading_lines", "header", "footer")


def parents_of(root: cst.CSTNode) -> dict[cst.CSTNode, cst.CSTNode]:
    """The parent of every node beneath `root`."""
    return {child: node for node in walk(root) for child in children(node)}


def enclosing(
    node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode], *kinds: type[cst.CSTNode]
) -> cst.CSTNode | None:
    """The nearest ancestor (or the node itself) of one of `kinds`."""
    found: cst.CSTNode | None = node
    while found is not None and not isinstance(found, kinds):
        found = parents.get(found)
    return found


def line_of(
    node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]
) -> cst.SimpleStatementLine | cst.BaseCompoundStatement:
    """The nearest statement that a node is in, or is."""
    found = node
    while not isinstance(found, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        found = parents[found]
    return found


def as_expression(node: object) -> cst.BaseExpression:
    """The node, which is an expression."""
    assert isinstance(node, cst.BaseExpression)
    return node


def keyword_argument(name: str, value: cst.BaseExpression) -> cst.Arg:
    """`name=value` as an argument of a call."""
    bare = cst.SimpleWhitespace("")
    return cst.Arg(value, keyword=cst.Name(name), equal=cst.AssignEqual(bare, bare))


def self_attribute(node: cst.CSTNode) -> str | None:
    """`cv1` for `self.cv1`, else None."""
    if (
        isinstance(node, cst.Attribute)
        and isinstance(node.value, cst.Name)
        and node.value.value == "self"
    ):
        return node.attr.value
    return None


def assigned_names(node: cst.CSTNode) -> set[str]:
    """The plain names that an assignment target binds."""
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, cst.Tuple | cst.List):
        return set().union(*(assigned_names(element.value) for element in node.elements))
    if isinstance(node, cst.StarredElement):
        return assigned_names(node.value)
    return set()


def looped(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> set[str]:
    """The names that the loops and comprehensions around a node bind anew in each round."""
    found: set[str] = set()
    while node in parents:
        node = parents[node]
        if isinstance(node, cst.For):
            found |= assigned_names(node.target)
        elif isinstance(node, cst.BaseComp):
            targets = [child.target for child in walk(node) if isinstance(child, cst.CompFor)]
            found |= set().union(*map(assigned_names, targets))
    return found


def bound_names(node: cst.CSTNode) -> set[str]:
    """The names to which this node itself assigns."""
    if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.NamedExpr):
        return assigned_names(node.target)
    return set()


def first_statement(function: cst.FunctionDef) -> cst.CSTNode:
    """The first statement of a method that is not its docstring."""
    body = list(function.body.body)
    has_docstring = len(body) > 1 and function.get_docstring() is not None
    return body[1] if has_docstring else body[0]


def stores(node: cst.CSTNode) -> set[str]:
    """Every local name that a statement (or anything beneath it) binds."""
    found: set[str] = set()
    for child in walk(node):
        found |= bound_names(child)
        if isinstance(child, cst.AsName):
            found |= assigned_names(child.name)
        elif isinstance(child, cst.FunctionDef | cst.ClassDef):
            found.add(child.name.value)
    return found


def _not_a_read(node: cst.CSTNode) -> set[cst.CSTNode]:
    """The names under `node` itself that are labels or targets."""
    if isinstance(node, cst.Attribute):
        return {node.attr}
    if isinstance(node, cst.Arg) and node.keyword is not None:
        return {node.keyword}
    if isinstance(node, cst.Param | cst.FunctionDef | cst.ClassDef):
        return {node.name}
    if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.For | cst.CompFor | cst.NamedExpr):
        names: set[cst.CSTNode] = {
            child for child in walk(node.target) if isinstance(child, cst.Name)
        }
        holders = (cst.Attribute, cst.Subscript)
        return names - {child.value for child in walk(node.target) if isinstance(child, holders)}
    return set()


def reads(node: cst.CSTNode) -> list[cst.Name]:
    """Every name that is read beneath `node`, in source order."""
    skipped: set[cst.CSTNode] = set()
    found: list[cst.Name] = []
    for child in walk(node):
        skipped |= _not_a_read(child)
        if isinstance(child, cst.Name) and child not in skipped:
            found.append(child)
    return found


class _PlainArguments(cst.CSTTransformer):
    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        value = updated_node.value
        if isinstance(value, cst.GeneratorExp | cst.NamedExpr | cst.Tuple) or not value.lpar:
            return updated_node
        return updated_node.with_changes(value=value.with_changes(lpar=[], rpar=[]))


def plain_arguments(text: str) -> str:
    """Statements without the parentheses that an argument does not need."""
    return cst.parse_module(text).visit(_PlainArguments()).code
