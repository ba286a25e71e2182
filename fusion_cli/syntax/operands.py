"""The two operands of an addition or a concatenation in the source."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from fusion_cli.model.placeholders import ARG, SECOND
from fusion_cli.syntax.tree import code, expression


@dataclass(frozen=True)
class Operands:
    """What an operator joins, and the operator itself over the names that stand for the two."""

    first: cst.BaseExpression
    second: cst.BaseExpression
    whole: cst.BaseExpression


def operands(node: cst.CSTNode) -> Operands | None:
    """The operands of an addition or a concatenation of two, or None where they are not written out.

    `a + b`, `a += b`, `torch.add(a, b)`, `a.add(b)`, `torch.cat([a, b], 1)` and their like.
    """
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _sum(node.left, node.right)
    if isinstance(node, cst.AugAssign) and isinstance(node.operator, cst.AddAssign):
        target = node.target
        return _sum(cst.Name(target.value), node.value) if isinstance(target, cst.Name) else None
    if not isinstance(node, cst.Call) or not node.args or not _is_plain(node.args[0]):
        return None
    joined = node.args[0].value
    if isinstance(joined, cst.List | cst.Tuple):
        return _concatenation(node, joined)
    if not all(map(_is_plain, node.args)):
        return None  # `alpha=2` weighs the second operand
    if len(node.args) == 2:
        return _sum(joined, node.args[1].value)
    owner = node.func.value if isinstance(node.func, cst.Attribute) else None
    return _sum(owner, joined) if owner is not None and len(node.args) == 1 else None


def _is_plain(arg: cst.Arg) -> bool:
    return not arg.star and arg.keyword is None


def _sum(first: cst.BaseExpression, second: cst.BaseExpression) -> Operands:
    return Operands(_bare(first), _bare(second), expression(f"{ARG} + {SECOND}"))


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """An operand without its parentheses, which stay where they hold lines together."""
    return node if "\n" in code(node) else node.with_changes(lpar=[], rpar=[])


def _concatenation(node: cst.Call, joined: cst.List | cst.Tuple) -> Operands | None:
    values = [element.value for element in joined.elements if isinstance(element, cst.Element)]
    if len(values) != 2 or len(joined.elements) != 2:
        return None
    names = [cst.Element(cst.Name(ARG)), cst.Element(cst.Name(SECOND))]
    args = [node.args[0].with_changes(value=joined.with_changes(elements=names)), *node.args[1:]]
    return Operands(values[0], values[1], node.with_changes(args=args, lpar=[], rpar=[]))
