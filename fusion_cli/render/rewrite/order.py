"""The order in which Python evaluates an expression, and what may be evaluated earlier unnoticed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from fusion_cli.syntax.tree import code, reads, stores, walk

Expressions = Sequence[cst.BaseExpression]

_CONSTANTS = (cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString, cst.Ellipsis)


def operands(node: cst.CSTNode) -> Expressions:
    """What a node evaluates in any case before it is computed itself, in that order."""
    match node:
        case cst.Call() if not any(arg.star for arg in node.args):
            return (_callee(node.func), *(arg.value for arg in node.args))
        case cst.BinaryOperation():
            return (node.left, node.right)
        case cst.Comparison():
            return (node.left, node.comparisons[0].comparator)
        case cst.BooleanOperation():
            return (node.left,)
        case cst.UnaryOperation():
            return (node.expression,)
        case cst.IfExp():
            return (node.test,)
        case cst.Attribute() | cst.NamedExpr():
            return (node.value,)
        case cst.Subscript():
            return (node.value, *_bounds(node))
        case cst.Tuple() | cst.List():
            plain = all(isinstance(item, cst.Element) for item in node.elements)
            return tuple(item.value for item in node.elements) if plain else ()
    return ()


def _callee(function: cst.BaseExpression) -> cst.BaseExpression:
    """What is evaluated for a function that is called: of `x.add` only `x`."""
    if isinstance(function, cst.Attribute) and _root(function) != "self":
        return function.value
    return function


def _bounds(node: cst.Subscript) -> Iterator[cst.BaseExpression]:
    for item in node.slice:
        match item.slice:
            case cst.Index(value=value):
                yield value
            case cst.Slice(lower=lower, upper=upper, step=step):
                yield from (bound for bound in (lower, upper, step) if bound is not None)


def _root(node: cst.BaseExpression) -> str | None:
    """`x` for `x.a.b`; None for an attribute of anything but a name."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else None


def _attributes(node: cst.CSTNode) -> set[str]:
    return {part.attr.value for part in walk(node) if isinstance(part, cst.Attribute)}


@dataclass(frozen=True)
class Method:
    """What reading a name or an attribute in a method may mean.

    `changing` are the attributes that methods set or compute: a call may give them another value.
    """

    locals: frozenset[str]
    changing: frozenset[str]

    def stable(self, node: cst.BaseExpression) -> bool:
        """Whether an expression computes nothing, and has its value whatever is called before it."""
        match node:
            case cst.Name() | cst.Integer() | cst.Float() | cst.Imaginary() | cst.SimpleString():
                return True
            case cst.Ellipsis():
                return True
            case cst.Attribute():
                root = _root(node)
                fixed = root == "self" or (root is not None and root not in self.locals)
                return fixed and not _attributes(node) & self.changing
            case cst.Subscript(value=cst.Attribute() as value):
                constant = all(map(_is_constant, _bounds(node)))
                return constant and _root(value) == "self" and self.stable(value)
            case cst.Tuple() | cst.List():
                return all(self.stable(item.value) for item in node.elements)
        return _is_constant(node)

    def decides(self, test: cst.BaseExpression) -> bool:
        """Whether a condition, like a flag of the module, can neither fail nor change with what is called."""
        match test:
            case cst.Attribute():
                return self.stable(test)
            case cst.UnaryOperation(operator=cst.Not()):
                return self.decides(test.expression)
            case cst.BooleanOperation():
                return self.decides(test.left) and self.decides(test.right)
            case cst.Comparison(comparisons=[comparison]):
                sides = (test.left, comparison.comparator)
                if isinstance(comparison.operator, cst.Is | cst.IsNot):
                    return all(map(self.stable, sides))
                known = isinstance(comparison.operator, cst.Equal | cst.NotEqual)
                return known and all(self.decides(side) for side in sides)
        return _is_constant(test)

    def early(self, node: cst.BaseExpression) -> dict[str, list[cst.BaseExpression]]:
        """What is evaluated in any case and before all else that matters, by its text.

        What both arms of a conditional begin with has one node in each.
        """
        found: dict[str, list[cst.BaseExpression]] = {}
        before: set[str] = set()
        for operand in operands(node):
            for words, nodes in self.early(operand).items():
                if not stored(nodes) & before:
                    found.setdefault(words, nodes)
            if not self.stable(operand):
                break
            before |= names(operand)
        if isinstance(node, cst.IfExp) and self.decides(node.test):
            shared = self.shared(node)
            found |= {words: nodes for words, nodes in shared.items() if not stored(nodes) & before}
        found[text(node.value if isinstance(node, cst.NamedExpr) else node)] = [node]
        return found

    def shared(self, choice: cst.IfExp) -> dict[str, list[cst.BaseExpression]]:
        """What both arms of a conditional begin with."""
        body, orelse = self.early(choice.body), self.early(choice.orelse)
        return {words: [*body[words], *orelse[words]] for words in body if words in orelse}


def _is_constant(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Minus) and _is_constant(node.expression)
    known = isinstance(node, cst.Name) and node.value in ("None", "True", "False")
    return known or isinstance(node, _CONSTANTS)


def reached(
    node: cst.BaseExpression, before: Expressions = ()
) -> Iterator[tuple[cst.BaseExpression, Expressions]]:
    """What is evaluated in any case, each with what is computed before it begins."""
    yield node, before
    for operand in operands(node):
        yield from reached(operand, before)
        before = (*before, operand)


def text(node: cst.BaseExpression) -> str:
    """An expression in one spelling, by which equal ones are known."""
    return ast.unparse(ast.parse(f"({code(node)}\n)", mode="eval"))


def names(*nodes: cst.CSTNode) -> set[str]:
    """The names that some nodes read."""
    return {name.value for node in nodes for name in reads(node)}


def stored(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names that some nodes bind."""
    return set().union(*map(stores, nodes))


def method_of(function: cst.FunctionDef, tree: cst.Module) -> Method:
    """What is known of a method of the class in `tree`."""
    parameters = {part.name.value for part in walk(function) if isinstance(part, cst.Param)}
    return Method(frozenset(stores(function) | parameters), frozenset(_set(tree) | _computed(tree)))


def _set(tree: cst.Module) -> set[str]:
    """The attributes that methods other than the constructor set."""
    found: set[str] = set()
    for function in walk(tree):
        if isinstance(function, cst.FunctionDef) and function.name.value != "__init__":
            for part in walk(function):
                if isinstance(part, cst.AssignTarget | cst.AnnAssign | cst.AugAssign):
                    found |= _attributes(part.target)
    return found


def _computed(tree: cst.Module) -> set[str]:
    """The attributes that are properties."""
    functions = [part for part in walk(tree) if isinstance(part, cst.FunctionDef)]
    return {function.name.value for function in functions if function.decorators}
