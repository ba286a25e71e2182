"""How a written file came about: its commands, from those of the written files that it was made of."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fusion_cli.model.options import declared
from fusion_cli.model.requests import FuseRequest
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.header import header
from fusion_cli.syntax.modules import in_zoo
from fusion_cli.syntax.read import parse


def commands(request: FuseRequest, sources: Sequence[ModuleSource]) -> list[str]:
    """The commands that, one after another, write a file of `sources` anew."""
    before = (line for source in sources for line in _commands_of(source))
    return list(dict.fromkeys([*before, command(request)]))


def is_written(source: ModuleSource) -> bool:
    """Whether a class is the one that its file was written for: the last of a file by `fuse`."""
    classes = [
        statement.name
        for statement in parse(source.text).body
        if isinstance(statement, ast.ClassDef)
    ]
    return bool(header(source.text)) and classes[-1:] == [source.name]


def described(source: ModuleSource) -> str:
    """A class and where it comes from: `SE of the zoo`, `AKConv of paper.py`."""
    if source.module and in_zoo(source.module):
        return f"{source.name} of the zoo"
    return f"{source.name} of {source.module or source.path.name}"


def repairs(sources: Iterable[ModuleSource]) -> Iterator[str]:
    """What classes were mended by, before they were put to use."""
    return (f"{source.name} by {', '.join(source.repairs)}" for source in sources if source.repairs)


def licences(sources: Sequence[ModuleSource]) -> list[str]:
    """The licences that written files name for what they hold."""
    rows = (row for source in sources for row in header(source.text))
    return list(dict.fromkeys(value for key, value in rows if key == "licence"))


def _commands_of(source: ModuleSource) -> Iterator[str]:
    """The commands in a written file's header, the last with the place where that file is now."""
    found = [value for key, value in header(source.text) if key == "command"]
    if found:
        place = source.ref.removesuffix(f":{source.name}")
        written = place if place.endswith(".py") else str(source.path)
        yield from found[:-1]
        yield f"{found[-1]} {shlex.join(['-o', local(written)])}"


def command(request: FuseRequest) -> str:
    """The command line that writes the same file again."""
    words = ["fuse", request.pattern, *map(local, (request.host, *request.donors))]
    for name, value in request.settings().items():
        for setting in value if isinstance(value, tuple) else (value,):
            flag = declared(FuseRequest)[name].flag
            words += [flag] if setting is True else [flag, local(str(setting))]
    return shlex.join(words)


def local(word: str) -> str:
    """A word of a command without the folders of this machine: an absolute path from here on.

    What lies elsewhere is called by its own name.
    """
    path = Path(word)
    if not path.is_absolute():
        return word
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else path.name
