"""A loose file as `fuse` takes it: read leniently, with what it forgets supplied."""

from __future__ import annotations

from pathlib import Path

from fusion_cli.resolve.supply import supply
from fusion_cli.syntax.modules import Module, Place
from fusion_cli.syntax.read import read


def read_loose(path: Path) -> tuple[str, tuple[str, ...]]:
    """The source in a loose file, with notes on what was done to it.

    Raises:
        UnknownName: There is no such file.
        BadFile: It cannot be read, is empty, binary, or no Python.
    """
    text, notes = read(path)
    text, supplied = supply(text, path)
    return text, (*notes, *supplied)


def open_place(place: Place) -> Module:
    """The module at a place, as it is run and carried.

    Raises:
        BadFile: It is no Python.
    """
    return place.holding(read_loose(place.path)[0]) if place.origin == "file" else place.open()
