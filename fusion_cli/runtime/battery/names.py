"""Names that Python source uses and never binds, and imports that it never uses."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from fusion_cli.syntax.statements import is_main_block

MODULE_NAMES = frozenset(
    {"__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__path__"}
    | {"__builtins__", "__annotations__", "__debug__", "__dict__", "__cached__"}
)


@dataclass(frozen=True)
class Use:
    """A name and the line that it stands on."""

    name: str
    line: int


def missing(
    text: str, tree: ast.Module, known: frozenset[str], added: frozenset[str] = frozenset()
) -> tuple[Use, ...]:
    """The names that a module reads and that neither it, Python nor `known` binds.

    `text` is the module's text and `tree` the same parsed. What binds the names in `added` was
    written into the text later.
    """
    table = symtable.symtable(text, "<text>", "exec")
    scopes = tuple(_scopes(table))
    bound = {name for scope in scopes for name in _bound_globally(scope)} - added
    free = {name for scope in scopes for name in _read_globally(scope)}
    absent = free - bound - MODULE_NAMES - set(dir(builtins)) - known
    return _first_uses(tree, absent) if absent else ()


def unused_imports(tree: ast.Module) -> tuple[Use, ...]:
    """The imports at a module's top level whose name nothing else in it mentions."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    exported = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return tuple(use for use in _imports(tree) if use.name not in names | exported)


def stars(tree: ast.Module) -> bool:
    """Whether a module has a `from … import *`, behind which any name may stand."""
    return any(
        alias.name == "*"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )


def reached(tree: ast.Module, name: str) -> frozenset[int]:
    """The lines that run when a module is imported and its definition `name` is used.

    These are all top-level statements save a `__main__` block, the definition and whatever
    definitions of the file it names, transitively.
    """
    body = [node for node in tree.body if not is_main_block(node)]
    named = {node.name: node for node in body if isinstance(node, _DEFINITIONS)}
    used: set[str] = set()
    queue = [name] if name in named else list(named)
    while queue:
        current = queue.pop()
        if current in named and current not in used:
            used.add(current)
            queue += [n.id for n in ast.walk(named[current]) if isinstance(n, ast.Name)]
    live = [n for n in body if not isinstance(n, _DEFINITIONS) or n.name in used]
    return frozenset(line for node in live for line in range(node.lineno, _end(node) + 1))


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _bound_globally(scope: symtable.SymbolTable) -> Iterator[str]:
    module = scope.get_type() == "module"
    for symbol in scope.get_symbols():
        binds = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        if binds and (module or symbol.is_declared_global()):
            yield symbol.get_name()


def _read_globally(scope: symtable.SymbolTable) -> Iterator[str]:
    module = scope.get_type() == "module"
    for symbol in scope.get_symbols():
        if symbol.is_referenced() and (module or symbol.is_global()):
            yield symbol.get_name()


def _first_uses(tree: ast.Module, names: set[str]) -> tuple[Use, ...]:
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return tuple(Use(name, line) for name, line in sorted(lines.items(), key=lambda i: i[1]))


def _imports(tree: ast.Module) -> Iterator[Use]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield Use((alias.asname or alias.name).split(".")[0], node.lineno)
