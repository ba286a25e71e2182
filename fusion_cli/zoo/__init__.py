"""Blocks to fuse: `hosts` and `donors`, one module a file; adding the file is the registration."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """One file of the zoo: the class in it, and what `fuse list` says of it."""

    name: str
    summary: str
    path: Path


def entries(kind: str) -> tuple[Entry, ...]:
    """The zoo's `hosts` or `donors`, by name. The files are read, not imported."""
    paths = (Path(__file__).resolve().parent / kind).glob("[!_]*.py")
    found = filter(None, map(_entry, paths))
    return tuple(sorted(found, key=lambda entry: entry.name.lower()))


def _entry(path: Path) -> Entry | None:
    """A file's class, which is called as the file is, and the first line of its docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    wanted = path.stem.replace("_", "")
    name = next((name for name in classes if name.lower() == wanted), None)
    summary = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Entry(name, summary, path) if name else None
