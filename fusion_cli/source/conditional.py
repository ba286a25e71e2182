"""What a fused class does only where its donors are, and the host's own elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from fusion_cli.source.analyse import HostClass
from fusion_cli.source.edits import Edits, applied
from fusion_cli.source.tree import expression, statements

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


def branch(
    guard: Guard, host: HostClass, edits: Edits, parts: Mapping[cst.CSTNode, cst.CSTNode]
) -> None:
    """Give the statements of each site two branches: as they are edited, and the host's own.

    `parts` maps the node in which a site ends to the one in which it begins. Those that overlap are
    taken together.
    """
    ranges: dict[cst.CSTNode, tuple[int, int]] = {}
    for end, begin in parts.items():
        block, first, last = _common(host, begin, end)
        known = ranges.get(block, (first, last))
        ranges[block] = (min(first, known[0]), max(last, known[1]))
    arms: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
    for block, (first, last) in ranges.items():
        lines = cst.ensure_type(block, cst.IndentedBlock).body[first : last + 1]
        fused = [one for line in lines for one in applied(line, edits)]
        arms[lines[0]] = guard.branches(fused, lines)
        arms.update((line, []) for line in lines[1:])
    for line, arm in arms.items():
        edits.before.pop(line, None)  # stands in the arm
        edits.replaced[line] = arm


def _common(host: HostClass, begin: cst.CSTNode, end: cst.CSTNode) -> tuple[cst.CSTNode, int, int]:
    """The innermost block that holds two nodes, and which of its statements do."""
    above = {id(block): index for block, index in _blocks(host, begin)}
    block, last = next(one for one in _blocks(host, end) if id(one[0]) in above)
    return block, above[id(block)], last


def _blocks(host: HostClass, node: cst.CSTNode) -> Iterator[tuple[cst.IndentedBlock, int]]:
    """The blocks that a node stands in, innermost first, with the index of its statement."""
    while node in host.parents:
        parent = host.parents[node]
        if isinstance(parent, cst.IndentedBlock):
            yield parent, list(parent.body).index(node)  # type: ignore[arg-type]
        node = parent


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
