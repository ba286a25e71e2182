"""A file copied out of a larger one has often lost its imports."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

from fusion_cli.resolve.supply import customary_import
from fusion_cli.syntax.statements import stands_first

SUMMARY = "imports that every reader would add: torch, nn, F, math, numpy, einops"
FOR_CHECKS = ("parses", "imports", "constructs", "forward")

# Those that have one meaning in this field; in the order in which their imports are written.
_NAMES = (
    "math", "partial", "OrderedDict", "Optional", "Tuple", "Union", "List", "np", "torch", "F",
    "einops", "rearrange", "Rearrange", "nn", "Tensor",
)  # fmt: skip


def repair(text: str) -> str:
    """Add imports for names that nothing in the file binds and that have one customary meaning."""
    try:
        table = symtable.symtable(text, "<text>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return text
    known = {
        get_symbol.get_name() for get_symbol in table.get_symbols() if _is_bound(get_symbol)
    } | _declared(table)
    used = set(_globals(table))
    missing = [name for name in _NAMES if name in used - known]
    lines = [line for name in missing if (line := customary_import(name))]
    body = ast.parse(text).body
    if not lines or any(_is_star(node) for node in ast.walk(ast.Module(body, []))):
        return text
    return _with(lines, text, body)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """Every name that the file reads from its own globals, builtins aside."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        name = symbol.get_name()
        reads_global = symbol.is_referenced() and (top or symbol.is_global())
        if reads_global and not hasattr(builtins, name):
            yield name
    for child in table.get_children():
        yield from _globals(child)


def _declared(table: symtable.SymbolTable) -> set[str]:
    """Names that some function binds by a `global` statement."""
    found = {
        get_symbol.get_name()
        for get_symbol in table.get_symbols()
        if get_symbol.is_declared_global() and get_symbol.is_assigned()
    }
    return found.union(*map(_declared, table.get_children()))


def _is_star(node: ast.AST) -> bool:
    """Whether a statement imports `*`: any name may come from there."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _with(lines: list[str], text: str, body: list[ast.stmt]) -> str:
    """The text with the lines beside its first import, or else above its first definition."""
    end = "\r\n" if "\r\n" in text else "\n"
    old = text.splitlines(keepends=True)
    start = sum(1 for index, node in enumerate(body) if stands_first(node, index))
    block = "".join(line + end for line in lines)
    if start < len(body) and isinstance(body[start], ast.Import | ast.ImportFrom):
        at = body[start].lineno - 1
    elif start:
        at = body[start - 1].end_lineno or 0
        block = end + block
    else:
        at = _header(old)
        block += end * 2
    return "".join(old[:at]) + block + "".join(old[at:])


def _header(lines: list[str]) -> int:
    """How many lines the comment at the head of a file takes, with the empty line behind it."""
    comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if comments < len(lines) and not lines[comments].strip():
        return comments + 1
    return 0
