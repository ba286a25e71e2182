"""An addition or a concatenation in the source: its two operands, and what is put in its place."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from fusion_cli.model.placeholders import ARG, CALL, SECOND
from fusion_cli.syntax.operands import operands
from fusion_cli.syntax.precedence import substitute
from fusion_cli.syntax.tree import code, expression, reads


def joined(
    call: cst.BaseExpression, node: cst.CSTNode, hold: Callable[[str], str]
) -> cst.BaseExpression:
    """The pattern's expression in the place of an operator, whose operands are computed once each.

    `hold` names the local that holds the operand of a stand-in which the expression reads again.
    """
    parts = operands(node)
    assert parts is not None
    template = substitute(call, {CALL: [parts.whole]})
    read = [name.value for name in reads(template)]
    values: dict[str, list[cst.BaseExpression]] = {}
    for stand_in, value in ((ARG, parts.first), (SECOND, parts.second)):
        values[stand_in] = [value]
        if read.count(stand_in) > 1 and not isinstance(value, cst.Name):
            name = hold(stand_in)
            values[stand_in] = [expression(f"({name} := {code(value)})"), cst.Name(name)]
    return substitute(template, values)
