"""Helper files that a block uses as modules: `blocks.Conv` becomes a name that is imported.

A class that is written anew stands in one file, where there is no object `blocks`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from fusion_cli.resolve.collect import prefixed
from fusion_cli.resolve.follow import Definition, Follower, Namespace
from fusion_cli.resolve.supply import insert_line
from fusion_cli.syntax.edit import Renamed, edited, rename_references
from fusion_cli.syntax.imports import Import
from fusion_cli.syntax.modules import Belonging, Module
from fusion_cli.syntax.names import Reference, bindings, scan


def flatten(text: str, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a loose file with its uses of helper modules replaced, and a note that says so."""
    module = Module(path, text, "file")
    follower = Follower(frozenset[Belonging]({"file", "zoo"}))
    edits, imports = [], dict[str, str]()
    for ref, accesses in _through_modules(module, follower):
        space, _ = follower.find_dotted(module, ref.chain[:accesses])
        assert isinstance(space, Namespace), "what a definition is reached through"
        attr, source = ref.chain[accesses], "." * space.level + space.dotted
        name = _name(module, follower, ref.chain[: accesses + 1])
        imports[".".join(ref.chain[: accesses + 1])] = f"from {source} import {attr}" + (
            f" as {name}" if name != attr else ""
        )
        edits.append(rename_references(module, [Renamed(ref, accesses, name)]))
    if not edits:
        return text, ()
    text = insert_line(
        edited(text, edits, 0, len(text)), "; ".join(dict.fromkeys(imports.values()))
    )
    used = ", ".join(f"`{dotted}`" for dotted in imports)
    return text, (f"{path.name} uses {used}: imported by name",)


def _through_modules(module: Module, follower: Follower) -> Iterator[tuple[Reference, int]]:
    """The references that reach what they mean through a helper module, and after how many dots."""
    spaces = {
        name
        for name, versions in module.bindings.items()
        if versions[-1].imports and isinstance(follower.find(module, name), Namespace)
    }
    for ref in scan(module.body).references if spaces else ():
        if ref.name not in spaces or isinstance(ref.node, ast.Global):
            continue
        target, accesses = follower.find_dotted(module, ref.chain)
        if isinstance(target, (Definition, Import)):
            yield ref, accesses


def _name(module: Module, follower: Follower, chain: tuple[str, ...]) -> str:
    """The attribute's own name, or one in its manner where the file means something else by that."""
    attr, target = chain[-1], follower.find_dotted(module, chain)[0]
    known = follower.find(module, attr)
    if known in (None, target) and attr not in _inner_names(module):
        return attr
    return prefixed(chain[-2], attr)


def _inner_names(module: Module) -> set[str]:
    """The names that functions and classes of a file bind for themselves."""
    nodes = [node for top in module.body for node in ast.walk(top) if node is not top]
    inner = {name for node in nodes for name in bindings(node)}
    return inner | {node.arg for node in nodes if isinstance(node, ast.arg)}
