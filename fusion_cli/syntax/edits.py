"""One pass over a class's tree: expressions replaced, statements put before or behind others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libcst as cst

from fusion_cli.syntax.precedence import fitted
from fusion_cli.syntax.tree import as_expression

Edit = Callable[[cst.BaseExpression], cst.BaseExpression]


@dataclass
class Edits:
    """What one pass over the tree will change."""

    expressions: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    assignments: dict[cst.AugAssign, cst.BaseExpression] = field(default_factory=dict)  # a += b
    before: dict[cst.CSTNode, list[cst.BaseStatement]] = field(default_factory=dict)
    after: dict[cst.CSTNode, list[cst.BaseStatement]] = field(default_factory=dict)
    replaced: dict[cst.CSTNode, list[cst.BaseStatement]] = field(default_factory=dict)
    fresh: list[tuple[str, str]] = field(default_factory=list)  # (new local, the name it copies)


def applied(line: cst.BaseStatement, edits: Edits) -> list[cst.BaseStatement]:
    """What becomes of one statement."""
    new = line.visit(Apply(edits))
    return list(new) if isinstance(new, cst.FlattenSentinel) else [cst.ensure_type(new, type(line))]


class Apply(cst.CSTTransformer):
    def __init__(self, edits: Edits) -> None:
        super().__init__()
        self.edits = edits
        self.stack: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.stack.append(node)
        return node not in self.edits.replaced

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        self.stack.pop()
        if isinstance(original_node, cst.AugAssign) and original_node in self.edits.assignments:
            targets = [cst.AssignTarget(original_node.target)]
            return cst.Assign(targets, self.edits.assignments[original_node])
        edit = self.edits.expressions.get(original_node)
        if edit is not None:
            new = edit(as_expression(updated_node))
            if new is updated_node:
                return updated_node
            return fitted(new, original_node, self.stack[-1] if self.stack else None)
        before = self.edits.before.get(original_node, [])
        after = self.edits.after.get(original_node, [])
        replaced = self.edits.replaced.get(original_node)
        if replaced is not None:
            return cst.FlattenSentinel([*before, *replaced, *after])
        if before and isinstance(updated_node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            first = before[0].with_changes(leading_lines=updated_node.leading_lines)
            before = [first, *before[1:]]
            updated_node = updated_node.with_changes(leading_lines=[])
        if before or after:
            return cst.FlattenSentinel([*before, updated_node, *after])
        return updated_node
