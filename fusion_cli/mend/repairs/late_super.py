"""A module takes no attribute before `nn.Module` has been set up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    constructing,
    rewritten,
)
from fusion_cli.syntax.tree import code, self_attribute, walk

SUMMARY = "`super().__init__()` too late or forgotten → before the first attribute"
FOR_CHECKS = ("constructs", "forward")


def repair(text: str) -> str:
    """Put the call without arguments before the first statement that sets an attribute.

    Where there is none, it is added to classes whose only base is `nn.Module`.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in constructing(module):
            body = method.body.body
            first = next(
                (i for i, statement in enumerate(body) if _sets_attribute(statement)), len(body)
            )
            calls = [i for i, statement in enumerate(body) if _sets_up(source, statement)]
            if calls and calls[0] > first:
                edits[method.body] = partial(_moved, old=calls[0], new=first)
            elif not calls and first < len(body) and _is_plain(source, module, method):
                edits[method.body] = partial(_added, place=first)
    return edits


def _sets_attribute(statement: cst.CSTNode) -> bool:
    targets = (cst.AssignTarget, cst.AnnAssign)
    return any(
        self_attribute(node.target) is not None
        for node in walk(statement)
        if isinstance(node, targets)
    )


def _sets_up(source: Source, statement: cst.CSTNode) -> bool:
    """Whether a statement is the call of the base class's constructor, without arguments."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    (small,) = statement.body
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return False
    if source.called(call) == "torch.nn.Module.__init__":
        return code(call).endswith(".__init__(self)")
    owner = call.func.value
    named = isinstance(owner, cst.Call) and code(owner.func) == "super"
    return named and call.func.attr.value == "__init__" and not call.args


def _is_plain(source: Source, module: cst.ClassDef, method: cst.FunctionDef) -> bool:
    """Whether a class is a direct module whose constructor calls no other constructor."""
    bases = [source.dotted(base.value) for base in module.bases]
    return bases == ["torch.nn.Module"] and not any(
        isinstance(node, cst.Attribute) and node.attr.value == "__init__" for node in walk(method)
    )


def _moved(block: cst.IndentedBlock, old: int, new: int) -> cst.IndentedBlock:
    body = list(block.body)
    body.insert(new, body.pop(old))
    return block.with_changes(body=_spaced(body, new))


def _added(block: cst.IndentedBlock, place: int) -> cst.IndentedBlock:
    body = list(block.body)
    body.insert(place, cst.parse_statement("super().__init__()"))
    return block.with_changes(body=_spaced(body, place))


def _spaced(body: Sequence[cst.BaseStatement], place: int) -> list[cst.BaseStatement]:
    """The statements, the blank lines before the one that was first there before the new one."""
    new, after = body[place], body[place + 1]
    assert isinstance(new, cst.SimpleStatementLine)
    blank = [line for line in _lines_before(after) if line.comment is None]
    return [
        *body[:place],
        new.with_changes(leading_lines=[*blank, *(i for i in new.leading_lines if i.comment)]),
        after.with_changes(leading_lines=[line for line in _lines_before(after) if line.comment]),
        *body[place + 2 :],
    ]


def _lines_before(statement: cst.BaseStatement) -> Sequence[cst.EmptyLine]:
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    return lines
