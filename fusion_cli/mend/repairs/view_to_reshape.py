"""`view` refuses tensors whose memory is laid out otherwise; `reshape` copies them."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    receiver,
    renamed,
    rewritten,
    running,
)
from fusion_cli.syntax.tree import code, walk

SUMMARY = "`.view(…)` → `.reshape(…)`"
FOR_CHECKS = ("memory_format",)


def repair(text: str) -> str:
    """Reshape wherever forward views, except where the view is written to or changes the dtype."""
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in running(module):
            written = _written(method)
            for node in walk(method):
                if isinstance(node, cst.Call) and _is_plain_view(source, node, written):
                    edits[node] = partial(renamed, method="reshape")
    return edits


def _is_plain_view(source: Source, call: cst.Call, written: set[str]) -> bool:
    if receiver(call, "view") is None or not call.args or any(arg.keyword for arg in call.args):
        return False
    if len(call.args) == 1 and _is_dtype(source, call.args[0].value):
        return False
    if any(name.endswith("_") for name in source.above(call)):
        return False
    statement = source.statement(call)
    if statement is None:
        return True
    assigned = statement.body[0]
    if isinstance(assigned, cst.AugAssign) or not isinstance(assigned, cst.Assign):
        return not isinstance(assigned, cst.AugAssign)
    targets = {code(target.target) for target in assigned.targets}
    stored = any(call in set(walk(target.target)) for target in assigned.targets)
    return not stored and not targets & written


def _is_dtype(source: Source, node: cst.BaseExpression) -> bool:
    name = source.dotted(node)
    return name.endswith("dtype") or (name.startswith("torch.") and not name.endswith("Size"))


def _written(method: cst.FunctionDef) -> set[str]:
    """The names of a method whose tensors are written to in place."""
    found = set()
    for node in walk(method):
        if isinstance(node, cst.AugAssign) or (
            isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Subscript)
        ):
            found.add(_root(node.target))
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            name = node.func.attr.value
            if name.endswith("_") and not name.endswith("__"):
                found.add(_root(node.func.value))
    return found


def _root(node: cst.CSTNode) -> str:
    while isinstance(node, cst.Attribute | cst.Subscript):
        node = node.value
    return code(node)
