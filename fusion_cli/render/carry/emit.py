"""The text of a collected statement, with the names that the written file gives to things."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fusion_cli.resolve.collect import Collector
from fusion_cli.resolve.follow import Definition, Unit, imports_in
from fusion_cli.syntax.edit import (
    Edit,
    Renamed,
    rename_definition,
    rename_references,
    replace,
    span,
    statement_text,
)
from fusion_cli.syntax.modules import Module
from fusion_cli.syntax.names import Importing


def carried_text(collector: Collector, unit: Unit) -> str:
    """A statement as it stands in the written file."""
    module, index = unit
    edits = (
        *_references(collector, unit),
        *_definitions(collector, unit),
        *_imports(collector, unit),
        *_inner_imports(collector, unit),
    )
    return statement_text(module, index, edits)


def _references(collector: Collector, unit: Unit) -> Iterator[Edit]:
    by_place: dict[tuple[int, int], list[Renamed]] = {}
    for use in collector.meanings.uses(unit):
        if use.thing is None:
            continue
        new = collector.name_of(use.thing)
        if new != use.reference.name or use.accesses:
            place = span(unit[0], use.reference.node)
            renamed = Renamed(use.reference, use.accesses, new)
            by_place.setdefault(place, []).append(renamed)
    for same_node in by_place.values():
        yield rename_references(unit[0], same_node)


def _definitions(collector: Collector, unit: Unit) -> Iterator[Edit]:
    """Rename the classes and functions that the statement defines, at whatever depth of `if`s."""
    names = {own.binding.name: collector.name_of(own) for own in collector.meanings.own(unit)}
    for node in _defined_in(unit[0].body[unit[1]]):
        if names[node.name] != node.name:
            yield rename_definition(unit[0], node, names[node.name])


def _defined_in(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node
    elif not isinstance(node, ast.expr):
        for child in ast.iter_child_nodes(node):
            yield from _defined_in(child)


def _imports(collector: Collector, unit: Unit) -> Iterator[Edit]:
    """Imports under a condition: absolute, with the names that are used.

    An import that nothing uses may still be the condition's point (`try: import x`): it is kept.
    """
    module, index = unit
    own = {thing.binding.name: thing for thing in collector.meanings.own(unit)}
    for node in imports_in(module.body[index]):
        if any(alias.name == "*" for alias in node.names):
            continue
        bound = [(alias, own[alias.asname or alias.name.partition(".")[0]]) for alias in node.names]
        used = [(alias, thing) for alias, thing in bound if collector.is_used(thing)]
        names = [(alias.name, collector.name_of(thing)) for alias, thing in used or bound]
        text = _import_text(node, module, names)
        if not used and _ends_line(module, node):
            text += "  # noqa: F401"
        yield replace(module, node, text)


def _import_text(node: Importing, module: Module, names: list[tuple[str, str]]) -> str:
    listed = ", ".join(
        old if new == old.partition(".")[0] else f"{old} as {new}" for old, new in names
    )
    if isinstance(node, ast.Import):
        return f"import {listed}"
    return f"from {module.absolute(node.level, node.module or '')} import {listed}"


def _ends_line(module: Module, node: ast.stmt) -> bool:
    end = span(module, node)[1]
    return not module.text[end : module.text.find("\n", end)].strip()


def _inner_imports(collector: Collector, unit: Unit) -> Iterator[Edit]:
    """Imports in functions: what is carried is there already, what is relative becomes absolute."""
    module, in_class = unit[0], collector.meanings.scan(unit).class_imports
    by_node: dict[ast.ImportFrom, list[str]] = {}
    for (node, alias), target in collector.meanings.inner_imports(unit).items():
        bound = alias.asname or alias.name
        lines = by_node.setdefault(node, [])
        if not isinstance(target, Definition):
            lines.append(_import_text(node, module, [(alias.name, bound)]))
        elif collector.name_of(target) != bound or node in in_class:
            lines.append(f"{bound} = {collector.name_of(target)}")
    for node, lines in by_node.items():
        yield replace(module, node, "; ".join(lines) or "pass")
