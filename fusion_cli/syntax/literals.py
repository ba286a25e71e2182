"""Literal values in a syntax tree: arithmetic folded, names filled in, shapes of tensors read."""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Mapping

from fusion_cli.model.basics import Shape

Number = int | float

_OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_MAKERS = frozenset(
    ["randn", "rand", "ones", "zeros", "empty", "full", "normal", "Tensor", "FloatTensor"]
)
_KEEPERS = frozenset({
    "cuda", "cpu", "to", "float", "half", "double", "type", "requires_grad_", "contiguous",
    "clone", "detach",
})  # fmt: skip
_HARMLESS = frozenset({
    "partial", "range", "list", "tuple", "dict", "int", "float", "str", "bool", "len", "max",
    "min", "sum", "round", "linspace", "item", "tolist",
})  # fmt: skip


def number(expression: ast.expr | None) -> Number | None:
    """The number that an expression of literals gives, or None."""
    if isinstance(expression, ast.Constant):
        value = expression.value
        return value if isinstance(value, int | float) else None
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub):
        value = number(expression.operand)
        return None if value is None else -value
    if isinstance(expression, ast.BinOp) and type(expression.op) in _OPERATORS:
        left, right = number(expression.left), number(expression.right)
        if left is None or right is None or (right == 0 and not _safe_at_zero(expression.op)):
            return None
        return _OPERATORS[type(expression.op)](left, right)
    return None


def fill(expression: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of `expression` with those names replaced and arithmetic on literals folded."""
    filled: ast.expr = _Fill(values).visit(copy.deepcopy(expression))
    return filled


def shape_of(expression: ast.expr) -> Shape | None:
    """The shape of a tensor that is made on the spot, `()` for a number, None for all else."""
    if isinstance(number(expression), int):
        return ()
    if not isinstance(expression, ast.Call):
        return None
    called = name_of(expression.func)
    if isinstance(expression.func, ast.Attribute) and called in _KEEPERS:
        return shape_of(expression.func.value)
    if called == "Variable" and expression.args:
        return shape_of(expression.args[0])
    if called not in _MAKERS:
        return None
    return _size_arguments(expression)


def name_of(called: ast.expr) -> str:
    """The last name of `a.b.name`."""
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def is_plain(expression: ast.expr) -> bool:
    """Whether evaluating the expression does nothing but make values and modules.

    Calls of classes and of a few functions such as `partial` and `range` are plain; those that
    read arguments, files or devices are not.
    """
    called = [name_of(node.func) for node in ast.walk(expression) if isinstance(node, ast.Call)]
    odd = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    return all(name in _HARMLESS or name[:1].isupper() for name in called) and not any(
        isinstance(node, odd) for node in ast.walk(expression)
    )


def free_in(expression: ast.expr) -> set[str]:
    """The names that an expression reads and does not bind itself."""
    names = [node for node in ast.walk(expression) if isinstance(node, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(expression) if isinstance(node, ast.arg)}
    return {name.id for name in names} - bound


class _Fill(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        value = number(node)
        return node if value is None else ast.Constant(value)


def _safe_at_zero(op: ast.operator) -> bool:
    return not isinstance(op, ast.Div | ast.FloorDiv | ast.Mod)


def _size_arguments(call: ast.Call) -> Shape | None:
    """The sizes in `randn(1, 8, 8)`, `randn((1, 8, 8))`, `randn(size=[1, 8, 8])`, `full((1, 8), 0.5)`."""
    sizes = [keyword.value for keyword in call.keywords if keyword.arg == "size"] or call.args
    groups = [size.elts for size in sizes if isinstance(size, ast.Tuple | ast.List)]
    sizes = groups[0] if groups else sizes
    lengths = [number(size) for size in sizes]
    whole = [length for length in lengths if isinstance(length, int) and length > 0]
    return tuple(whole) if whole and len(whole) == len(lengths) else None
