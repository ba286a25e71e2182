"""Statements in the place of what is nested: locals are bound before the statement that reads them.

The rewriting puts expressions in the place of others. A value that it reads twice is bound where it
stands (`y := …`), and a conditional has the new expression in both arms. At the end, in statements
that it changed, such a binding becomes a statement, and so does what both arms begin with:

    y = self.cv2(self.cv1(x)) + self.akconv(x)
    return x + y if self.add else y

Everything is computed in the order in which it was, and as often. Where only an expression can bind
(in a comprehension, in one arm, in an operand that may not be evaluated), the binding stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import libcst as cst

from fusion_cli.render.rewrite.liveness import methods_of
from fusion_cli.render.rewrite.order import (
    Expressions,
    Method,
    method_of,
    names,
    reached,
    stored,
)
from fusion_cli.syntax.edits import Apply, Edits
from fusion_cli.syntax.tree import code, reads, stores, walk

Line = cst.SimpleStatementLine


def hoisted(tree: cst.Module, host: cst.Module) -> cst.Module:
    """The class with locals bound in statements, where a statement is not the host's own."""
    known = {code(line) for line in _lines(host)}
    edits = Edits()
    for function in methods_of(tree):
        if function.name.value != "__init__":
            hoist = _Hoist(function, tree, host)
            changed = [line for line in _lines(function) if code(line) not in known]
            edits.replaced.update((line, hoist.statements(line)) for line in changed)
    return tree.visit(Apply(edits))


def _lines(tree: cst.CSTNode) -> list[Line]:
    return [node for node in walk(tree) if isinstance(node, Line)]


def _identifiers(tree: cst.CSTNode) -> set[str]:
    return {node.value for node in walk(tree) if isinstance(node, cst.Name)}


@dataclass(frozen=True)
class _Binding:
    """A local that takes the place of some nodes of a statement, and what it is bound to."""

    name: str
    value: cst.BaseExpression
    nodes: Expressions

    @property
    def line(self) -> Line:
        value = self.value.with_changes(lpar=[], rpar=[])
        if "\n" in code(value):
            value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return Line([cst.Assign([cst.AssignTarget(cst.Name(self.name))], value)])


class _Hoist:
    """Binds locals before the statements of one method, under names that are free in its class."""

    def __init__(self, function: cst.FunctionDef, tree: cst.Module, host: cst.Module) -> None:
        self.method: Method = method_of(function, tree)
        self.taken = _identifiers(tree)
        self.ours = self.taken - _identifiers(host)
        self.lasting = _lasting(function)

    def statements(self, line: Line) -> list[cst.BaseStatement]:
        """What becomes of one statement."""
        first, *rest = self._split(line.deep_clone())
        return [first.with_changes(leading_lines=line.leading_lines), *rest]

    def _split(self, line: Line) -> Iterator[Line]:
        binding = next(self._bindings(line), None)
        if binding is None:
            yield line
            return
        yield from self._split(binding.line)
        new = cst.ensure_type(line.visit(_Named(binding)), Line)
        yield from self._split(new.with_changes(leading_lines=[]))

    def _bindings(self, line: Line) -> Iterator[_Binding]:
        """What can be bound before a statement: what two arms share, then what is bound inside."""
        value, before = _evaluated(line)
        if value is None:
            return
        steps = list(reached(value, before))
        for node, earlier in steps:
            if isinstance(node, cst.IfExp):
                yield from self._shared(node, earlier, line)
        for node, earlier in steps:
            if isinstance(node, cst.NamedExpr) and _target(node) in self.ours:
                yield from self._moved(node, earlier)

    # ---- what both arms of a conditional begin with --------------------------------------------

    def _shared(self, choice: cst.IfExp, before: Expressions, line: Line) -> Iterator[_Binding]:
        if not all(map(self.method.stable, before)) or not self.method.decides(choice.test):
            return
        shared = self.method.shared(choice)
        for words in sorted(shared, key=len, reverse=True):
            nodes = shared[words]
            if self._is_worth(nodes) and not stored(nodes) & names(*before, choice.test):
                name = self._name(nodes, line)
                yield _Binding(name, _bare(nodes[0]), nodes)

    def _is_worth(self, nodes: Expressions) -> bool:
        """Whether an expression calls something, and says nothing in comments that would be lost."""
        calls = any(isinstance(part, cst.Call) for part in walk(nodes[0]))
        return calls and not any("#" in code(node) for node in nodes)

    def _name(self, nodes: Expressions, line: Line) -> str:
        """The name bound there already, or that nothing else reads, or that the statement binds."""
        bound = {_target(node) for node in nodes if isinstance(node, cst.NamedExpr)}
        elsewhere = [name.value for name in reads(line)]
        for node in nodes:
            for name in reads(node):
                elsewhere.remove(name.value)
        again = [name for name in self._inside(nodes[0]) if name not in {*elsewhere, *self.lasting}]
        match line.body[0]:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=target))]):
                again += [target] * (target not in elsewhere)
        return next(iter([*sorted(bound), *again]), None) or self._fresh()

    def _inside(self, node: cst.BaseExpression) -> list[str]:
        """The names of ours that are bound within an expression."""
        return sorted(stores(node) & self.ours)

    # ---- what is bound inside an expression ----------------------------------------------------

    def _moved(self, node: cst.NamedExpr, before: Expressions) -> Iterator[_Binding]:
        """The binding itself, or first that of what is computed before it."""
        for index, earlier in enumerate(before):
            if not self.method.stable(earlier):
                if not stores(earlier) & names(*before[:index]):
                    yield _Binding(self._fresh(), earlier, [earlier])
                return
        if not stores(node) & names(*before):
            yield _Binding(_target(node), node.value, [node])

    def _fresh(self) -> str:
        name = next(name for name in numbered("y") if name not in self.taken)
        self.taken.add(name)
        return name


def numbered(stem: str) -> Iterator[str]:
    """`y`, `y2`, `y3`…"""
    yield stem
    yield from (f"{stem}{number}" for number in count(2))


def _target(node: cst.NamedExpr) -> str:
    return cst.ensure_type(node.target, cst.Name).value


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.value if isinstance(node, cst.NamedExpr) else node


def _evaluated(line: Line) -> tuple[cst.BaseExpression | None, Expressions]:
    """The expression of a statement, and what is evaluated before it."""
    match line.body[0]:
        case cst.AugAssign(target=cst.Name() as target, value=value):
            return value, (target,)
        case cst.Return(value=value) | cst.Assign(value=value) | cst.Expr(value=value):
            return value, ()
        case cst.AnnAssign(target=cst.Name(), value=value):
            return value, ()
    return None, ()


def _lasting(function: cst.FunctionDef) -> set[str]:
    """The names that are read elsewhere than in the statements that bind them."""
    inside = {
        name for line in _lines(function) for name in reads(line) if name.value in stores(line)
    }
    return {name.value for name in reads(function) if name not in inside}


class _Named(cst.CSTTransformer):
    """Put a local in the place of the nodes that it is bound for."""

    def __init__(self, binding: _Binding) -> None:
        super().__init__()
        self.binding = binding

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        if any(original_node is node for node in self.binding.nodes):
            return cst.Name(self.binding.name)
        return updated_node
