"""What a fused class does only where its donors are, and the host's own elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from fusion_cli.syntax.tree import expression, statements

Statements = Sequence[cst.BaseStatement]


@dataclass(frozen=True)
class Guard:
    """The attribute that says whether the donors are there, and the expression it is set to."""

    flag: str
    test: str

    @property
    def declaration(self) -> cst.BaseStatement:
        return statements(f"self.{self.flag} = {self.test}\n")[0]

    def either(self, fused: cst.BaseExpression, own: cst.BaseExpression) -> cst.IfExp:
        """`fused` where the donors are, else what the host has."""
        return cst.IfExp(
            test=expression(f"self.{self.flag}"),
            body=_operand(fused),
            orelse=own.with_changes(lpar=[], rpar=[]).deep_clone(),
        )

    def branches(self, fused: Statements, own: Statements = ()) -> list[cst.BaseStatement]:
        """`fused` where the donors are, else `own`; behind a return there is no `else`."""
        if not fused and not own:
            return []
        if not fused:
            return [cst.If(test=expression(f"not self.{self.flag}"), body=_block(own))]
        test = expression(f"self.{self.flag}")
        if not own or _returns(fused[-1]):
            return [cst.If(test=test, body=_block(fused)), *_copied(own)]
        return [cst.If(test=test, body=_block(fused), orelse=cst.Else(body=_block(own)))]


def _operand(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression before an `if`: another conditional there needs parentheses."""
    if isinstance(node, cst.IfExp | cst.Lambda | cst.NamedExpr) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _block(lines: Statements) -> cst.IndentedBlock:
    first, *rest = _copied(lines)
    bare = [line for line in first.leading_lines if line.comment]  # type: ignore[attr-defined]
    return cst.IndentedBlock(body=[first.with_changes(leading_lines=bare), *rest])


def _copied(lines: Statements) -> list[cst.BaseStatement]:
    return [line.deep_clone() for line in lines]


def _returns(line: cst.BaseStatement) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[-1], cst.Return)
