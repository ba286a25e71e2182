"""A class and the file that it stands in, as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fusion_cli.model.basics import Arguments, Shape


@dataclass(frozen=True)
class Loadable:
    """What a class is loaded from: `path` as users are shown it, and `folder`, where they work."""

    name: str
    text: str
    path: str
    module: str | None = None
    folder: str | None = None


@dataclass(frozen=True)
class ModuleSource:
    """One class that a reference named, and the file it stands in."""

    ref: str
    name: str
    text: str
    path: Path
    module: str | None = None  # dotted import name, where there is one
    origin: Literal["zoo", "file", "package"] = "file"
    notes: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()  # names that the file itself uses and never imports
    repairs: tuple[str, ...] = ()  # what was mended in `text`, which the file itself lacks

    @property
    def loadable(self) -> Loadable:
        """The class as the worker loads it."""
        folder = str(Path.cwd()) if self.origin == "file" else None
        return Loadable(self.name, self.text, str(self.path), self.module, folder)


@dataclass(frozen=True)
class Parameter:
    """One constructor parameter as it is written."""

    name: str
    annotation: str | None = None
    default: str | None = None
    kind: Literal["positional", "keyword", "args", "kwargs"] = "positional"

    @property
    def required(self) -> bool:
        return self.default is None and self.kind in ("positional", "keyword")


@dataclass(frozen=True)
class Evidence:
    """What a file says about how its class is built and fed, read without running it."""

    parameters: tuple[Parameter, ...]
    calls: tuple[tuple[str, Arguments], ...] = ()  # (where it was found, arguments), best first
    inputs: tuple[Shape, ...] = ()  # shapes that the file's demo feeds, where they are literal
