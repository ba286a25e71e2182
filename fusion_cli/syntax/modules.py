"""A Python file as a module that was not run: what binds each of its names, and where imports lead."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Literal, TypeAlias

from fusion_cli.model.sources import ModuleSource
from fusion_cli.syntax.names import (
    IMPLICIT,
    Importing,
    bindings,
    scan,
)
from fusion_cli.syntax.read import parse, read
from fusion_cli.syntax.statements import is_main_block, stands_first

Belonging: TypeAlias = Literal["zoo", "file", "package"]

ZOO = "fusion_cli.zoo"
ZOO_FOLDER = Path(__file__).resolve().parents[1] / "zoo"
_INSTALLED = ("site-packages", "dist-packages")
_COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)


@dataclass(frozen=True)
class Binding:
    """One meaning of a name: the statements that give it, then those that change it in place.

    `imports` holds the import statements, where nothing but imports give it.
    """

    name: str
    statements: tuple[int, ...]
    imports: tuple[tuple[Importing, ast.alias], ...] = ()

    def and_then(self, statement: int) -> Binding:
        """The same name after a further statement changed it."""
        return Binding(self.name, (*self.statements, statement))


@dataclass(frozen=True, eq=False)
class Module:
    """One file, parsed. `name` is its dotted import name, where it has one."""

    path: Path
    text: str
    origin: Belonging
    name: str | None = None

    @functools.cached_property
    def body(self) -> list[ast.stmt]:
        """The statements of the file."""
        return parse(self.text).body

    @functools.cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """What each name meant, in the order of the file."""
        found: dict[str, list[Binding]] = {}
        for index, statement in enumerate(self.body):
            if not is_main_block(statement):
                _bind(found, index, statement)
        return found

    @functools.cached_property
    def stars(self) -> list[ast.ImportFrom]:
        """The star imports, last first."""
        return [
            node
            for node in reversed(self.body)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        ]

    @functools.cached_property
    def future(self) -> bool:
        """Whether the file postpones the evaluation of its annotations."""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self.body
        )

    def lookup(self, name: str, at: int | None = None) -> Binding | None:
        """What `name` means at the end of the file, or to what runs in statement `at`."""
        versions = self.bindings.get(name, [])
        inside = at is not None and isinstance(self.body[at], _COMPOUND)
        earlier = [
            version
            for version in versions
            if at is not None
            and (version.statements[0] < at or (inside and at in version.statements))
        ]
        return next(reversed(earlier or versions), None)

    def absolute(self, level: int, name: str) -> str:
        """The dotted name of an imported module; relative ones are made absolute where they can be."""
        if not level or not self.name:
            return "." * level + name
        parents = self.name.split(".")
        up = level - (self.path.name == "__init__.py")
        return ".".join(filter(None, (*parents[: len(parents) - up], name)))

    @functools.cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """The index in the text of a place in the syntax tree: a line from 1, a column in bytes."""
        start = self._line_starts[line - 1]
        if self.text.isascii():
            return start + column
        end = self.text.find("\n", start) + 1 or len(self.text)
        return start + len(self.text[start:end].encode()[:column].decode())


def _bind(found: dict[str, list[Binding]], index: int, statement: ast.stmt) -> None:
    """Add what one top-level statement does to the names of its module."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            _bind_import(found, index, statement, alias)
        return
    names = dict.fromkeys(bindings(statement))
    changed = set(names) & set(found) if isinstance(statement, _COMPOUND) else set()
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        reads = {ref.name for ref in scan([statement]).references if not ref.store}
        changed = {name for name in reads & set(found) if not found[name][-1].imports}
    for name in names:
        versions = found.setdefault(name, [])
        if name in changed:
            versions[-1] = versions[-1].and_then(index)
        else:
            versions.append(Binding(name, (index,)))
    for name in _changed(statement):
        versions = found.get(name, [])
        if name not in names and versions and not versions[-1].imports:
            versions[-1] = versions[-1].and_then(index)


def _bind_import(
    found: dict[str, list[Binding]], index: int, node: Importing, alias: ast.alias
) -> None:
    if alias.name == "*" or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
        return
    name = alias.asname or alias.name.partition(".")[0]
    versions = found.setdefault(name, [])
    imports: tuple[tuple[Importing, ast.alias], ...] = ((node, alias),)
    plain = isinstance(node, ast.Import) and not alias.asname
    if plain and versions and all(_is_plain(*imported) for imported in versions[-1].imports):
        imports = (*versions[-1].imports, *imports)  # `import a` and `import a.b` both bind `a`
        versions[-1] = Binding(name, (*versions[-1].statements, index), imports)
    else:
        versions.append(Binding(name, (index,), imports))


def _is_plain(node: Importing, alias: ast.alias) -> bool:
    return isinstance(node, ast.Import) and not alias.asname


def _changed(node: ast.AST) -> Iterator[str]:
    """The names whose objects a statement changes: `X.a = …`, `X[k] = …`, `X.append(…)`."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (_root(target) for target in targets if not isinstance(target, ast.Name))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute):
            yield _root(call.func)
        elif _root(call.func) == "setattr" and call.args:
            yield _root(call.args[0])
    elif isinstance(node, (*_COMPOUND, ast.ExceptHandler)):
        for child in ast.iter_child_nodes(node):
            yield from _changed(child)


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def side_effects(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """The top-level statements that only do something when the file is run, and what."""
    for index, node in enumerate(module.body):
        if is_main_block(node):
            yield node, "the `__main__` block"
        elif isinstance(node, (ast.Expr, ast.For, ast.While, ast.Assign, *_COMPOUND)):
            bound = any(
                index in binding.statements for all_ in module.bindings.values() for binding in all_
            )
            if not bound and not stands_first(node, index):
                yield node, f"`{ast.unparse(node).splitlines()[0]}`"


def of_source(source: ModuleSource) -> Module:
    """The module that a resolved reference stands in."""
    return _module(source.path, source.text, source.origin, source.module)


@functools.lru_cache(maxsize=256)
def _module(path: Path, text: str, origin: Belonging, name: str | None) -> Module:
    return Module(path, text, origin, name)


@dataclass(frozen=True)
class Place:
    """Where a module lies, before it is read."""

    path: Path
    origin: Belonging
    name: str | None = None

    def open(self) -> Module:
        """Read the file.

        Raises:
            BadFile: It is no Python.
        """
        return self.holding(read(self.path)[0])

    def holding(self, text: str) -> Module:
        """The module, if the file held this text."""
        return _module(self.path, text, self.origin, self.name)


def in_zoo(dotted: str) -> bool:
    """Whether a module is of the zoo."""
    return dotted == ZOO or dotted.startswith(ZOO + ".")


def module_file(level: int, name: str, near: Module) -> Place | None:
    """The source of a module that `near` imports (`level` dots before the name), if there is any."""
    dotted = near.absolute(level, name)
    if in_zoo(dotted):
        path = _file_of(ZOO_FOLDER, dotted[len(ZOO) + 1 :])
        return Place(path, "zoo", dotted) if path else None
    if near.origin == "file" and not near.name:
        for folder in _folders(near.path, level, name):
            if path := _file_of(folder, name):
                return Place(path, *known_module(path))
    path = None if dotted.startswith(".") else installed(dotted)
    if path is None or path.suffix != ".py":
        return None
    return Place(path, origin_of(path, dotted), dotted)


def _folders(path: Path, level: int, name: str) -> Iterator[Path]:
    """Where a loose file's import is looked for: beside it, and in the root of its package."""
    if level:
        yield from path.parents[level - 1 : level]
    elif name.partition(".")[0] not in sys.stdlib_module_names:
        yield path.parent
        yield package_root(path)


def package_root(path: Path) -> Path:
    """The folder that holds the outermost package a file belongs to (its own, if to none)."""
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def _file_of(folder: Path, dotted: str) -> Path | None:
    base = folder.joinpath(*filter(None, dotted.split(".")))
    own = (base.with_name(base.name + ".py"),) if dotted else ()
    candidates = (*own, base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def origin_of(path: Path, dotted: str) -> Belonging:
    """Where an importable module comes from; one that is only importable from here is a loose file."""
    if in_zoo(dotted):
        return "zoo"
    up = dotted.count(".") + (path.name == "__init__.py")
    return "file" if path.absolute().parents[up] == Path.cwd() else "package"


def known_module(path: Path) -> tuple[Belonging, str | None]:
    """What a path is: a file of the zoo, of an installed package (with its dotted name), or loose."""
    real = path.resolve()
    root = package_root(real)
    parts = real.relative_to(root).with_suffix("").parts
    dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    if real.is_relative_to(ZOO_FOLDER):
        return "zoo", f"{ZOO}.{'.'.join(real.relative_to(ZOO_FOLDER).with_suffix('').parts)}"
    return ("package", dotted) if root.name in _INSTALLED else ("file", None)


def installed(dotted: str) -> Path | None:
    """The file of an importable module, found without importing it or its parents."""
    return _installed(dotted, tuple(sys.path), Path.cwd())


@functools.lru_cache(maxsize=1024)
def _installed(dotted: str, _path: tuple[str, ...], folder: Path) -> Path | None:
    top, *rest = dotted.split(".")
    spec = _find_top(top, folder)
    if spec is None or not rest:
        return Path(spec.origin) if spec and spec.has_location and spec.origin else None
    folders = [
        Path(submodule_search_location).joinpath(*rest[:-1])
        for submodule_search_location in spec.submodule_search_locations or ()
    ]
    return next((path for folder in folders if (path := _file_of(folder, rest[-1]))), None)


def _find_top(name: str, folder: Path) -> ModuleSpec | None:
    """The spec of a top-level module; one that lies in the working directory is found last."""
    try:
        spec = importlib.util.find_spec(name) if name else None
    except (ImportError, ValueError):
        spec = None
    return spec or PathFinder.find_spec(name, [str(folder)])


def exported(module: Module) -> frozenset[str] | None:
    """The names of `__all__`, where it is written out; else `None`: all without underscore."""
    binding = module.lookup("__all__")
    if binding is None:
        return None
    names: set[str] = set()
    for index in binding.statements:
        value: ast.expr = getattr(module.body[index], "value", ast.Constant(None))
        try:
            names.update(ast.literal_eval(value))
        except (ValueError, TypeError):
            return None
    return frozenset(names)


def is_exported(module: Module, name: str) -> bool:
    """Whether a star import of a module brings a name."""
    names = exported(module)
    return name in names if names is not None else not name.startswith("_")


def is_implicit(name: str) -> bool:
    """Whether every module has a name without binding it."""
    return name in IMPLICIT
