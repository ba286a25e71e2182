"""What the docstrings of rewritten methods say of the host's parts: it may no longer hold."""

from __future__ import annotations

import re

import libcst as cst

from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.tree import code

_SECTION = r"^[ \t]*(Args|Arguments|Parameters):?[ \t]*$|^[ \t]*:param\b"
ARGUMENTS = re.compile(_SECTION, re.MULTILINE)  # where a docstring begins to speak of arguments
_FORMULA = re.compile(r"[=→]|->")


def without_stale_docs(tree: cst.Module, host: HostClass) -> cst.Module:
    """The class, in which no method that was changed describes what it did before.

    A docstring that names a part of the host or shows a formula is cut to what it says of arguments;
    one that speaks of neither stays as it is.
    """
    return cst.ensure_type(tree.visit(_Stale(host)), cst.Module)


class _Stale(cst.CSTTransformer):
    def __init__(self, host: HostClass) -> None:
        super().__init__()
        self._host = host
        self._parts = host.attributes - host.methods.keys()

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        before = self._host.methods.get(original_node.name.value)
        text = original_node.get_docstring()
        if before is None or text is None or code(before.body) == code(original_node.body):
            return updated_node
        if not (self._parts & set(re.findall(r"\w+", text)) or _FORMULA.search(text)):
            return updated_node
        first, *rest = updated_node.body.body
        arguments = ARGUMENTS.search(text)
        kept = [_docstring(text[arguments.start() :])] if arguments else []
        return updated_node.with_changes(
            body=updated_node.body.with_changes(body=[*kept, *rest] or [first])
        )


def _docstring(text: str) -> cst.BaseStatement:
    quoted = text.strip("\n").replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return cst.parse_statement(f'"""{quoted}\n"""\n')
