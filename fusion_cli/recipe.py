"""Recipes: several fusions in one TOML file, each on what the one before it gave.

```toml
host = "Bottleneck"

[[steps]]
pattern = "replace"
donors = ["AKConv"]

[[steps]]
pattern = "serial"
donors = ["SE"]
at = "cv2"
```

A step has the keys `pattern` and `donors`, and each option of the pattern commands that decides what
is written. References are meant as on the command line, from the folder where `fuse` runs.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from fusion_cli.model.errors import (
    BadRecipe,
    FuseError,
    OutputExists,
    UnknownName,
    UsageError,
    did_you_mean,
)
from fusion_cli.model.options import declared
from fusion_cli.model.requests import (
    Destination,
    FuseRequest,
    RecipeRequest,
    Verification,
    deciding,
)
from fusion_cli.patterns import toml
from fusion_cli.write import demand_free, regular

_TYPES = get_type_hints(FuseRequest)
_REQUIRED = ("pattern", "donors")
_KEYS = (*_REQUIRED, *deciding())
_KINDS: Mapping[type, tuple[str, str, tuple[type, ...]]] = {
    bool: ("truth", "true", (bool,)),
    float: ("number", "0.25", (float, int)),
}
_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*steps[ \t]*\]\]", re.MULTILINE)


def steps_of(request: RecipeRequest) -> tuple[FuseRequest, ...]:
    """The fusions of a recipe, run as `request` asks for.

    Each names the recipe's host; that of the later ones is what the one before it gives. The last
    is the one that is written.

    Raises:
        UnknownName: there is no such file.
        BadRecipe: it is not valid; the message names the file and the line.
    """
    steps = [_how(step, request) for step in read_recipe(Path(request.path))]
    where = {name: getattr(request, name) for name in declared(Destination)}
    last = replace(steps[-1], name=request.name or steps[-1].name, **where)
    return (*(replace(step, dry_run=True) for step in steps[:-1]), last)


def _how(step: FuseRequest, request: RecipeRequest) -> FuseRequest:
    """A step verified as the recipe is to be; its own checks to allow are allowed too."""
    asked = {name: getattr(request, name) for name in declared(Verification)}
    asked["allow"] = tuple(dict.fromkeys([*step.allow, *request.allow]))
    return replace(step, **asked)


def read_recipe(path: Path) -> tuple[FuseRequest, ...]:
    """Read a recipe: its fusions, each as if it were the only one on the recipe's host.

    Raises:
        UnknownName: there is no such file.
        BadRecipe: it is not valid; the message names the file and the line.
    """
    text = _read(path)
    values = toml.parse_toml(text, path, BadRecipe)
    reader = _Reader(path, text)
    reader.demand_keys(values, ("host", "steps"), ("host", "steps"), 0)
    host = reader.value(values["host"], "host", str, 0)
    tables = values["steps"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise reader.fault("steps", 0, "`steps` is no list of tables", "write `[[steps]]`")
    if not tables:
        raise reader.fault("steps", 0, "the recipe has no steps")
    return tuple(reader.step(host, number, table) for number, table in enumerate(tables))


@contextlib.contextmanager
def at_step(number: int, pattern: str) -> Iterator[None]:
    """Let an error say at which step it occurred."""
    try:
        yield
    except FuseError as error:
        error.message = f"step {number} ({pattern}): {error.message}"
        error.args = (error.message,)
        raise


def demand_other_file(file: str, before: Sequence[str]) -> None:
    """Refuse a step that would be written where an earlier one would.

    Raises:
        UsageError: it would.
    """
    if file in before:
        raise UsageError(
            f"it is to be {file}, and so is step {before.index(file) + 1}",
            "give one of them another `name`",
        )


def demand_place(path: Path, request: FuseRequest) -> None:
    """Refuse to write the recipe of a fusion over another, unless by force, and over anything else.

    Raises:
        OutputExists: something else is there.
        CannotWrite: it is no file.
    """
    demand_free(path, written(request), request.force)
    if not path.exists():
        return
    try:
        read_recipe(path)
    except UsageError:
        raise OutputExists(f"{path} exists and is no recipe", "choose another name") from None


def written(request: FuseRequest) -> str:
    """The recipe of one fusion."""
    lines = [f"host = {_toml(request.host)}", "", "[[steps]]"]
    said = {"pattern": request.pattern, "donors": request.donors, **request.settings()}
    lines += [f"{key} = {_toml(value)}" for key, value in said.items()]
    return "\n".join([*lines, ""])


def _toml(value: bool | float | str | Sequence[str]) -> str:
    """A truth, a number, a string or a list of strings: what JSON writes is TOML but for one character."""
    found = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return found.replace("\x7f", "\\u007f")


def _read(path: Path) -> str:
    try:
        regular(path)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnknownName(f"there is no recipe {path}", "a recipe is a TOML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecipe(f"{path}: cannot be read: {_reason(error)}") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class _Reader:
    """Checks the values of one recipe and knows where they stand."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._starts = [found.end() for found in _HEADING.finditer(text)]

    def step(self, host: str, number: int, table: Mapping[str, Any]) -> FuseRequest:
        start = self._starts[number] if number < len(self._starts) else 0
        self.demand_keys(table, _KEYS, _REQUIRED, start)
        values = {key: self.value(value, key, _TYPES[key], start) for key, value in table.items()}
        try:
            return FuseRequest(host=host, **values)
        except UsageError as error:
            raise BadRecipe(f"{self._at(start)}: {error.message}", error.hint) from None

    def demand_keys(
        self, table: Mapping[str, Any], known: tuple[str, ...], needed: Sequence[str], start: int
    ) -> None:
        for key in table:
            if key not in known:
                raise self.fault(key, start, f"unknown key `{key}`", did_you_mean(key, known))
        for key in needed:
            if key not in table:
                raise BadRecipe(f"{self._at(start)}: `{key}` is missing")

    def value(self, value: Any, key: str, kind: Any, start: int) -> Any:
        """A value of a key as the field of that type has it."""
        kinds = get_args(kind)
        if kinds and kinds[-1] is ...:
            if isinstance(value, list) and all(isinstance(text, str) for text in value):
                return tuple(value)
            raise self.fault(key, start, f"`{key}` is no list of strings", f'write {key} = ["…"]')
        only = kinds[0] if kinds else kind
        named, example, wanted = _KINDS.get(only, ("string", '"…"', (str,)))
        if type(value) not in wanted:
            raise self.fault(key, start, f"`{key}` is no {named}", f"write {key} = {example}")
        return value

    def fault(self, key: str, start: int, said: str, hint: str = "") -> BadRecipe:
        line = toml.line_of_key(key, self._text, start)
        return BadRecipe(f"{self._path}:{line}: {said}", hint)

    def _at(self, start: int) -> str:
        return f"{self._path}:{self._text.count(chr(10), 0, start) + 1}"
