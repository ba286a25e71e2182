"""From a name in a module to what it means: through imports, star imports and helper files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fusion_cli.model.errors import BadFile
from fusion_cli.resolve.loose import open_place
from fusion_cli.syntax.imports import Import
from fusion_cli.syntax.modules import (
    Belonging,
    Binding,
    Module,
    is_exported,
    is_implicit,
    module_file,
)
from fusion_cli.syntax.names import Importing

Unit: TypeAlias = tuple[Module, int]  # one top-level statement
_MAKES_NAMES = re.compile(r"\bglobals\(\)\[|^def __getattr__\b", re.MULTILINE)
_DEPTH = 32  # a name that is handed on more often than this goes round in a circle


@dataclass(frozen=True)
class Definition:
    """A name that a module at hand defines itself."""

    module: Module
    binding: Binding

    @property
    def units(self) -> tuple[Unit, ...]:
        """The statements that make it."""
        return tuple((self.module, index) for index in self.binding.statements)


@dataclass(frozen=True)
class Plain:
    """The top package that `import a` and `import a.b` bind, with all that was imported of it."""

    name: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Namespace:
    """A module at hand, used as an object: `blocks` in `blocks.Conv`."""

    near: Module
    level: int
    dotted: str


Target: TypeAlias = Definition | Import | Plain | Namespace


class Follower:
    """Follows names into the files whose origin is one of `inside`; all else stays an import."""

    def __init__(self, inside: frozenset[Belonging], known: Mapping[Path, Module] | None = None):
        self.inside = inside
        self._known = known or {}

    def find(
        self, module: Module, name: str, before: int | None = None, depth: int = _DEPTH
    ) -> Target | None:
        """What `name` means in a module, at its end or before a statement; `None` for builtins.

        Raises:
            BadFile: It comes from a helper file that is missing or no Python.
        """
        binding = module.lookup(name, before)
        if depth == 0:
            return None
        if binding is None:
            return self._from_stars(module, name, depth)
        if binding.imports:
            return self._imported(module, binding, depth)
        for node, alias in _imports_within(module, binding):
            target = self._alias(module, node, alias, depth)
            if isinstance(target, Definition):
                return target
        if module.origin in self.inside:
            return Definition(module, binding)
        return Import(module.name or "", name, name)

    def find_dotted(
        self, module: Module, chain: Sequence[str], at: int | None = None
    ) -> tuple[Target | None, int]:
        """What a dotted expression means as far as it goes through modules at hand.

        Returns the target, and how many attribute accesses lead to it: for `blocks.Conv.width`,
        what `Conv` means and 1; for `nn.Conv2d`, what `nn` means and 0.
        """
        target = self.find(module, chain[0], at)
        for count, attr in enumerate(chain[1:]):
            if not isinstance(target, Namespace):
                return target, count
            target = self._member(target, attr)
        return target, len(chain) - 1

    def _member(self, space: Namespace, attr: str) -> Target | None:
        """What `attr` of a module object means."""
        module = self._open(space.near, space.level, space.dotted)
        if module and (target := self.find(module, attr)):
            return target
        dotted = f"{space.dotted}.{attr}"
        found = self._open(space.near, space.level, dotted)
        return Namespace(space.near, space.level, dotted) if found else None

    def of_import(self, module: Module, node: Importing, alias: ast.alias) -> Target | None:
        """What one name of an import statement means."""
        return self._alias(module, node, alias, _DEPTH)

    def _open(self, near: Module, level: int, name: str) -> Module | None:
        """The imported module, if names are to be followed into it."""
        place = module_file(level, name, near)
        if place is None or place.origin not in self.inside:
            return None
        return self._known.get(place.path) or open_place(place)

    def _imported(self, module: Module, binding: Binding, depth: int) -> Target | None:
        node, alias = binding.imports[-1]
        if isinstance(node, ast.Import) and not alias.asname:
            if self._open(module, 0, alias.name):
                return Namespace(module, 0, binding.name)
            return Plain(binding.name, tuple(alias.name for _, alias in binding.imports))
        target = self._alias(module, node, alias, depth)
        if target is None and isinstance(node, ast.ImportFrom) and node.level:
            name = "." * node.level + (node.module or "")
            raise BadFile(
                f"{module.path} imports `{alias.name}` from `{name}`, which is not there",
                f"put the file that defines `{alias.name}` beside it, or import it by its full name",
            )
        return target

    def _alias(
        self, module: Module, node: Importing, alias: ast.alias, depth: int
    ) -> Target | None:
        """What one name of an import statement means; `None` for a relative one that leads nowhere."""
        if isinstance(node, ast.Import):
            if self._open(module, 0, alias.name):
                return Namespace(module, 0, alias.name)
            return Import(alias.name, None, alias.asname or alias.name)
        level, base = node.level, node.module or ""
        source = self._open(module, level, base)
        target = self.find(source, alias.name, depth=depth - 1) if source else None
        if target:
            return target
        inner = f"{base}.{alias.name}" if base else alias.name
        if self._open(module, level, inner):
            return Namespace(module, level, inner)
        dotted = module.absolute(level, base)
        return (
            None
            if dotted.startswith(".")
            else Import(dotted, alias.name, alias.asname or alias.name)
        )

    def _from_stars(self, module: Module, name: str, depth: int) -> Target | None:
        """The last star import that brings a name.

        One without source at hand is believed to, and a package that makes names while it runs.
        """
        for star in module.stars:
            place = module_file(star.level, star.module or "", module)
            source = (self._known.get(place.path) or open_place(place)) if place else None
            if source is None or not is_exported(source, name):
                continue
            target = self.find(source, name, depth=depth - 1)
            if target is not None:
                inside = source.origin in self.inside
                return target if inside else Import(source.name or "", name, name)
        if is_implicit(name):
            return None
        opaque = [
            star for star in module.stars if not module_file(star.level, star.module or "", module)
        ]
        if opaque:
            return Import(module.absolute(0, opaque[0].module or ""), name, name)
        makes_names = (
            module.name and module.origin == "package" and _MAKES_NAMES.search(module.text)
        )
        return Import(module.name or "", name, name) if makes_names else None


def _imports_within(module: Module, binding: Binding) -> Iterator[tuple[Importing, ast.alias]]:
    """The imports in a conditional statement that give a name."""
    for index in binding.statements:
        for node in imports_in(module.body[index]):
            for alias in node.names:
                if (alias.asname or alias.name) == binding.name:
                    yield node, alias


def imports_in(node: ast.AST) -> Iterator[Importing]:
    """The import statements in a statement, but not those in its functions and classes."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield node
    elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
        for child in ast.iter_child_nodes(node):
            yield from imports_in(child)
