"""Arguments that a fusion leaves without an effect: what read them in the host is replaced."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

import libcst as cst

from fusion_cli.syntax.tree import walk

Idle = Mapping[str, tuple[str, ...]]  # by argument: the items of it that have none; () is all of it


def idle(host: str, fused: str) -> Idle:
    """The arguments of a class's constructor that the host's reads and the fused class's does not.

    Of one that is read by the item alone, the items: `{"k": ("k[0]",)}`.
    """
    before, after = _reads(host), _reads(fused)
    found: dict[str, tuple[str, ...]] = {}
    for name in before.keys() & after.keys():
        gone = before[name] - after[name]
        if before[name] and not after[name]:
            found[name] = ()
        elif gone and name not in before[name] | after[name]:
            found[name] = tuple(sorted(gone))
    return dict(sorted(found.items()))


def _reads(text: str) -> dict[str, set[str]]:
    """How the constructor reads each of its arguments: as it is (`k`) or an item of it (`k[0]`)."""
    init = next(
        (
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        ),
        None,
    )
    if init is None:
        return {}
    given = init.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs][1:]
    reads: dict[str, set[str]] = {one.arg: set() for one in named}
    items = {id(item.value): ast.unparse(item) for item in _items(init)}
    for node in ast.walk(ast.Module(init.body, [])):
        if not isinstance(node, ast.Name):
            continue
        if node.id in ("locals", "vars"):  # whatever is asked for by its name
            return {}
        if node.id in reads and isinstance(node.ctx, ast.Load):
            reads[node.id].add(items.get(id(node), node.id))
    return reads


def _items(init: ast.FunctionDef) -> Iterator[ast.Subscript]:
    """The reads of an item by its number."""
    for node in ast.walk(init):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield node


def without_arguments(source: str, names: Collection[str]) -> str:
    """The source of a class whose `__init__` does not take these."""
    if not names:
        return source
    tree = cst.parse_module(source)
    init = next(
        node
        for node in walk(tree)
        if isinstance(node, cst.FunctionDef) and node.name.value == "__init__"
    )
    params = init.params
    kept = params.with_changes(
        params=[param for param in params.params if param.name.value not in names],
        kwonly_params=[param for param in params.kwonly_params if param.name.value not in names],
    )
    return cst.ensure_type(tree.deep_replace(params, kept), cst.Module).code


def described(arguments: list[str], without: Idle, dropped: Collection[str]) -> list[str]:
    """The lines of a docstring on arguments, true of those that have no effect.

    Those that are `dropped` have no entry; one that is described in another form than
    `name: what it is` is named below.
    """
    lines, missed = [*arguments], []
    for name, items in without.items():
        entry = _entry(lines, name)
        if entry is None:
            missed += [] if name in dropped else [*(items or (name,))]
        elif name in dropped:
            del lines[entry]
        elif items:
            last = lines[entry.stop - 1].rstrip(". ")
            lines[entry.stop - 1] = f"{last}; {_have(items)} no effect."
        else:
            head = lines[entry.start].partition(":")[0]
            lines[entry] = [f"{head}: without effect, since what read it is replaced."]
    if not missed:
        return lines
    return [*lines, *([""] if lines else []), f"Without effect: {', '.join(missed)}."]


def _have(items: tuple[str, ...]) -> str:
    return f"{' and '.join(items)} {'has' if len(items) == 1 else 'have'}"


def _entry(lines: list[str], name: str) -> slice | None:
    """Where an argument is described: its line, and those below that stand further in."""
    for start, line in enumerate(lines):
        if re.match(rf"\s+{name}\b[^:]*:", line):
            indent = len(line) - len(line.lstrip())
            stop = start + 1
            while stop < len(lines) and len(lines[stop]) - len(lines[stop].lstrip()) > indent:
                stop += 1
            return slice(start, stop)
    return None
