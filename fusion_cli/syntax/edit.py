"""One top-level statement as text of its own, with its comments and with some names changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fusion_cli.syntax.modules import Module
from fusion_cli.syntax.names import Reference, scan
from fusion_cli.syntax.statements import first_line

_HEAD = re.compile(r"(?:async\s+def|def|class)\s+(\w+)")
_NO_COMMENT = re.compile(r"#!|#.*\bcoding[:=]|#\s*%%")
Located: TypeAlias = ast.expr | ast.stmt


@dataclass(frozen=True)
class Edit:
    """New text for a part of a module's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Renamed:
    """A reference that, with the first so many attribute accesses on it, becomes another name."""

    reference: Reference
    accesses: int
    new: str


def span(module: Module, node: Located) -> tuple[int, int]:
    """Where a node stands in the text."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return module.offset(node.lineno, node.col_offset), module.offset(end_line, end_column)


def replace(module: Module, node: Located, text: str) -> Edit:
    """Put a text in the place of a node."""
    return Edit(*span(module, node), text)


def rename_references(module: Module, renamed: Sequence[Renamed]) -> Edit:
    """Rename the references that share one node."""
    node = renamed[0].reference.node
    start, end = span(module, node)
    if isinstance(node, ast.Name):
        only = renamed[0]
        if only.accesses:
            end = span(module, only.reference.accesses[only.accesses - 1])[1]
        return Edit(start, end, only.new)
    text = module.text[start:end]
    for renaming in renamed:
        dotted = re.escape(".".join(renaming.reference.chain[: renaming.accesses + 1]))
        text = re.sub(rf"(?<![\w.]){dotted}\b", renaming.new, text)
    return Edit(start, end, text)


def rename_globals(text: str, names: Mapping[str, str]) -> str:
    """The statements, with the names that they take from their module renamed."""
    module = Module(Path(), text, "file")
    by_node: dict[ast.AST, list[Renamed]] = {}
    for reference in scan(module.body).references:
        if reference.name in names:
            renamed = Renamed(reference, 0, names[reference.name])
            by_node.setdefault(reference.node, []).append(renamed)
    edits = [rename_references(module, references) for references in by_node.values()]
    return edited(text, edits, 0, len(text))


def rename_definition(module: Module, node: ast.stmt, new: str) -> Edit:
    """Give a class or function another name."""
    match = _HEAD.match(module.text, module.offset(node.lineno, node.col_offset))
    assert match, "a definition starts with its keyword"
    return Edit(match.start(1), match.end(1), new)


def statement_text(module: Module, index: int, edits: Iterable[Edit]) -> str:
    """A top-level statement with the comments right above it and behind it, edited."""
    return edited(module.text, edits, *_extent(module, index)).rstrip()


def edited(text: str, edits: Iterable[Edit], start: int, end: int) -> str:
    """A part of a text, edited."""
    parts, at = [], start
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.start):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:end]))


def _extent(module: Module, index: int) -> tuple[int, int]:
    node, body = module.body[index], module.body
    first = first_line(node)
    start, end = span(module, node)
    last = node.end_lineno or node.lineno
    if index == 0 or (body[index - 1].end_lineno or 0) < first:
        start = module.offset(first - _comment_lines(module, first), 0)
    if index + 1 == len(body) or body[index + 1].lineno > last:
        end = module.text.find("\n", end) + 1 or len(module.text)
    return start, end


def _comment_lines(module: Module, first: int) -> int:
    """How many lines right above a line are comments."""
    lines = module.text.split("\n", first)[: first - 1]
    count = 0
    while count < len(lines) and lines[-1 - count].startswith("#"):
        if _NO_COMMENT.match(lines[-1 - count]):
            break
        count += 1
    return count
