"""From a reference, as a user types it, to the source of one class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from fusion_cli import zoo
from fusion_cli.model.errors import BadFile, UnknownName, nearest
from fusion_cli.model.sources import ModuleSource
from fusion_cli.resolve.choose import classes_of, demand_module_class, the_class
from fusion_cli.resolve.flatten import flatten
from fusion_cli.resolve.follow import (
    Definition,
    Follower,
    Target,
    Unit,
)
from fusion_cli.resolve.supply import lacking, supply
from fusion_cli.syntax.modules import (
    ZOO,
    Module,
    Place,
    installed,
    known_module,
    origin_of,
)
from fusion_cli.syntax.read import read

_IMPORT_PATH = re.compile(r"(\w+(?:\.\w+)*):(\w+)")
_FORMS = "give a zoo name (`fuse list`), a file (`block.py:Block`) or `package.module:Class`"


def resolve(ref: str, kinds: Sequence[str] = ("hosts", "donors")) -> ModuleSource:
    """Find the class that a reference names and read its file.

    Args:
        ref: A zoo name in any case, `path/to/block.py[:Class]`, or `package.module:Class`.
        kinds: The rooms of the zoo to look in, in this order.

    Raises:
        UnknownName: There is no such name, file, module or class.
        BadFile: The file is no Python, or holds no class that can be meant.
    """
    path, name = _split(ref)
    if path is not None:
        return _in_file(ref, path, name)
    if match := _IMPORT_PATH.fullmatch(ref):
        return _in_package(ref, match[1], match[2])
    return _in_zoo(ref, kinds)


def holding(source: ModuleSource, text: str, notes: tuple[str, ...] = ()) -> ModuleSource:
    """The same class, if its file were read as this text, with these notes on the reading."""
    supplied: tuple[str, ...] = ()
    if source.origin == "file":
        text, completed, supplied = _completed(text, source.path)
        notes += completed
    return replace(source, text=text, notes=notes, supplied=supplied)


# the three kinds of references


def _split(ref: str) -> tuple[Path | None, str | None]:
    """The path and the class of a reference to a file; no path if it is another kind.

    A colon that belongs to the path (`C:\\blocks\\conv.py`) is known by the `.py` or the file there.
    """
    path, colon, name = ref.rpartition(":")
    if colon and name.isidentifier() and _looks_like_file(path):
        return Path(path), name
    if colon and path.endswith(".py"):
        raise UnknownName(f"`{name}` is no class name in `{ref}`", "write `path/to/block.py:Class`")
    return (Path(ref), None) if _looks_like_file(ref) else (None, None)


def _looks_like_file(text: str) -> bool:
    named = text.endswith((".py", ".pyw", "/", "\\")) or "/" in text or "\\" in text
    return bool(text) and (named or ("." in text and Path(text).exists()) or Path(text).is_dir())


def _in_file(ref: str, path: Path, name: str | None) -> ModuleSource:
    path = Path(path.expanduser().absolute())
    if not path.exists():
        raise _no_such_file(path)
    module, notes, supplied = open_file(path)
    if name and name not in module.bindings and not module.stars:
        raise _no_such_class(name, str(path), classes_of(module), notes)
    return _source(ref, module, name or the_class(module), notes, supplied)


def open_file(path: Path) -> tuple[Module, tuple[str, ...], tuple[str, ...]]:
    """A file as it is run and carried, notes on what was done to it, and the names supplied.

    Raises:
        BadFile: It cannot be read, is empty, or is no Python.
    """
    path = path.absolute()
    origin, dotted = known_module(path)
    text, notes = read(path)
    supplied: tuple[str, ...] = ()
    if origin == "file":
        text, completed, supplied = _completed(text, path)
        notes += completed
    return Module(path, text, origin, dotted), notes, supplied


def _completed(text: str, path: Path) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The text of a loose file as it can be run and carried, what was done to it, names supplied."""
    names = tuple(sorted(lacking(text, path)))
    text, supplied = supply(text, path)
    text, flattened = flatten(text, path)
    return text, (*supplied, *flattened), names


def _in_package(ref: str, dotted: str, name: str) -> ModuleSource:
    path = installed(dotted)
    if path is None:
        raise UnknownName(f"there is no module `{dotted}`", _module_hint(dotted))
    if path.suffix != ".py":
        raise BadFile(f"`{dotted}` has no Python source: it is {path.name}", _FORMS)
    origin = origin_of(path, dotted)
    if origin == "file":
        return _in_file(ref, path, name)
    return _source(ref, Place(path, origin, dotted).open(), name)


def _source(
    ref: str,
    module: Module,
    name: str,
    notes: tuple[str, ...] = (),
    supplied: tuple[str, ...] = (),
) -> ModuleSource:
    """The class `name` of a module, wherever that has it from."""
    target = _meant(module, name)
    if not isinstance(target, Definition):
        raise _no_such_class(name, str(module.path), classes_of(module), notes)
    found, name = target.module, target.binding.name
    if found is not module and found.origin == "file":
        return _in_file(ref, found.path, name)
    demand_module_class(found, name)
    place = found.text, found.path, found.name, found.origin
    return ModuleSource(ref, name, *place, notes, supplied)


def _meant(module: Module, name: str) -> Target | None:
    """What a name means, seen through lines that only give it another: `ConvBnAct = ConvNormAct`."""
    follower = Follower(frozenset({"file", "package", "zoo"}))
    target, seen = follower.find(module, name), set[Unit]()
    while isinstance(target, Definition) and not seen & {*target.units}:
        other = _other_name(target)
        if other is None:
            break
        seen |= {*target.units}
        target = follower.find(target.module, other, target.binding.statements[0])
    return target


def _other_name(target: Definition) -> str | None:
    """The name that a definition only hands on."""
    lines = [target.module.body[index] for index in target.binding.statements]
    match lines:
        case [ast.Assign(targets=[ast.Name()], value=ast.Name(id=other))]:
            return other
    return None


def _in_zoo(ref: str, kinds: Sequence[str]) -> ModuleSource:
    entries = [(kind, entry) for kind in kinds for entry in zoo.entries(kind)]
    for kind, entry in entries:
        if entry.name.lower() == ref.lower():
            text = entry.path.read_text("utf-8")
            module = f"{ZOO}.{kind}.{entry.path.stem}"
            return ModuleSource(ref, entry.name, text, entry.path, module, "zoo")
    near = nearest(ref, (entry.name for _, entry in entries))
    raise UnknownName(f"there is no `{ref}` in the zoo", near or _FORMS)


# errors


def _no_such_file(path: Path) -> UnknownName:
    siblings = (file.name for file in path.parent.glob("*.py")) if path.parent.is_dir() else ()
    near = nearest(path.name, siblings)
    return UnknownName(f"there is no file {path}", near or "check the path and the folder")


def _no_such_class(
    name: str, where: str, classes: Iterable[str], notes: tuple[str, ...]
) -> UnknownName:
    known = sorted(classes)
    near = nearest(name, known)
    listed = f"its classes are {', '.join(known)}" if known else "it has no classes"
    return UnknownName(
        f"there is no class `{name}` in {where}", "; ".join((near or listed, *notes))
    )


def _module_hint(dotted: str) -> str:
    top, _, rest = dotted.partition(".")
    if rest and installed(top):
        return f"`{top}` is installed; check what comes after it"
    return f"install the package `{top}`, or name a file: `path/to/block.py:Class`"
