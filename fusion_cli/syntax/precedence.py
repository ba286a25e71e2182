"""Where an expression needs parentheses when it takes another's place."""

from __future__ import annotations

from enum import IntEnum

import libcst as cst

from fusion_cli.syntax.tree import as_expression, code, reads


class _Strength(IntEnum):
    """How tightly kinds of expression bind, in the order of the Python grammar."""

    OPEN = 0  # a place that takes anything, and `:=`, which only such a place takes
    CONDITIONAL = 1
    OR = 2
    AND = 3
    NOT = 4
    COMPARISON = 5
    BIT_OR = 6
    BIT_XOR = 7
    BIT_AND = 8
    SHIFT = 9
    SUM = 10
    PRODUCT = 11
    UNARY = 12
    POWER = 13
    ATOM = 14


_BINARY: dict[type[cst.BaseBinaryOp], _Strength] = {
    cst.BitOr: _Strength.BIT_OR,
    cst.BitXor: _Strength.BIT_XOR,
    cst.BitAnd: _Strength.BIT_AND,
    **dict.fromkeys((cst.LeftShift, cst.RightShift), _Strength.SHIFT),
    **dict.fromkeys((cst.Add, cst.Subtract), _Strength.SUM),
    **dict.fromkeys((cst.Multiply, cst.MatrixMultiply), _Strength.PRODUCT),
    **dict.fromkeys((cst.Divide, cst.FloorDivide, cst.Modulo), _Strength.PRODUCT),
    cst.Power: _Strength.POWER,
}


def strength(node: cst.BaseExpression) -> int:
    """How tightly an expression binds, as the Python grammar has it."""
    if node.lpar:
        return _Strength.ATOM
    if isinstance(node, cst.BinaryOperation):
        return _BINARY[type(node.operator)]
    if isinstance(node, cst.NamedExpr | cst.Yield | cst.GeneratorExp):
        return _Strength.OPEN
    if isinstance(node, cst.IfExp | cst.Lambda | cst.Tuple):
        return _Strength.CONDITIONAL
    if isinstance(node, cst.BooleanOperation):
        return _Strength.OR if isinstance(node.operator, cst.Or) else _Strength.AND
    if isinstance(node, cst.Comparison):
        return _Strength.COMPARISON
    if isinstance(node, cst.UnaryOperation):
        return _Strength.NOT if isinstance(node.operator, cst.Not) else _Strength.UNARY
    return _Strength.ATOM


def _demanded(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    """How tightly `parent` needs its present `child` to bind."""
    if isinstance(parent, cst.BinaryOperation):
        own = _BINARY[type(parent.operator)]
        right_leaning = isinstance(parent.operator, cst.Power)
        return own + int((parent.left if right_leaning else parent.right) is child)
    if isinstance(parent, cst.Attribute | cst.Subscript | cst.Await) or (
        isinstance(parent, cst.Call) and parent.func is child
    ):
        return _Strength.ATOM
    if isinstance(parent, cst.UnaryOperation):
        return _Strength.NOT if isinstance(parent.operator, cst.Not) else _Strength.UNARY
    if isinstance(parent, cst.BooleanOperation):
        return _Strength.AND + 1
    if isinstance(parent, cst.Comparison | cst.ComparisonTarget | cst.StarredElement):
        return _Strength.COMPARISON + 1
    if isinstance(parent, cst.IfExp):
        return _Strength.CONDITIONAL + int(parent.orelse is not child)
    if isinstance(parent, cst.CompFor | cst.CompIf):
        return _Strength.OR
    if isinstance(parent, cst.Arg):
        return _Strength.COMPARISON + 1 if parent.star else _Strength.OPEN
    return _Strength.CONDITIONAL


def fitted(
    new: cst.BaseExpression, old: cst.CSTNode, parent: cst.CSTNode | None
) -> cst.BaseExpression:
    """`new`, in parentheses if it needs them where `old` stands beneath `parent`.

    Parentheses of `old` stay, but for those that only `old` needed.
    """
    demanded = _demanded(parent, old) if parent is not None else _Strength.OPEN
    if isinstance(old, cst.BaseExpression) and old.lpar:
        bare = old.with_changes(lpar=[], rpar=[])
        if "\n" in code(new) or not strength(bare) < demanded <= strength(new):
            return new.with_changes(lpar=old.lpar, rpar=old.rpar)
        return new
    if strength(new) >= demanded:
        return new
    return new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def substitute(
    template: cst.BaseExpression, values: dict[str, list[cst.BaseExpression]]
) -> cst.BaseExpression:
    """Put expressions in the place of names; the n-th use of a name takes its n-th value."""
    taken = dict.fromkeys(values, 0)
    uses = {name for name in reads(template) if name.value in values}  # no keywords, no attributes

    class Filled(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.stack: list[cst.CSTNode] = []

        def on_visit(self, node: cst.CSTNode) -> bool:
            self.stack.append(node)
            return True

        def on_leave(  # type: ignore[override]
            self, original_node: cst.CSTNode, updated_node: cst.CSTNode
        ) -> cst.CSTNode:
            self.stack.pop()
            if not isinstance(original_node, cst.Name) or original_node not in uses:
                return updated_node
            choices = values[original_node.value]
            index = min(taken[original_node.value], len(choices) - 1)
            taken[original_node.value] += 1
            return fitted(choices[index], original_node, self.stack[-1] if self.stack else None)

    return as_expression(template.visit(Filled()))
