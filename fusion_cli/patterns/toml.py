"""TOML as people write it by hand: an error names its line."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from fusion_cli.model.errors import FuseError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def parse_toml(text: str, path: Path, fault: type[FuseError]) -> dict[str, Any]:
    """The values in a text that stands in the file `path`.

    Raises:
        FuseError: of the class `fault`, with the file and the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fault(_located(path, str(error))) from None


def _located(path: Path, message: str) -> str:
    """The parser's message with its line where a line is looked for."""
    where = re.search(r" \(at line (\d+), column \d+\)$", message)
    line, said = (where[1], message[: where.start()]) if where else ("1", message)
    return f"{path}:{line}: {said[:1].lower()}{said[1:]}"


def line_of_key(key: str, text: str, start: int = 0) -> int:
    """The line at which a key is given a value behind `start`; the last line where none is."""
    given = re.compile(rf"""^[ \t]*\[*["']?{re.escape(key)}["']?[ \t]*[=.\]]""", re.MULTILINE)
    found = given.search(text, start)
    return text.count("\n", 0, found.start() if found else len(text)) + 1
