"""Find and read_pattern pattern files.

A pattern is one file `NAME.py.j2`: TOML front matter in its first Jinja comment, then the blocks
`init` and `call`. Finding reads the front matter alone, so that listing the commands does not
import Jinja; loading checks the blocks too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from fusion_cli.model.errors import (
    BadPattern,
    UnknownName,
    UsageError,
    did_you_mean,
)
from fusion_cli.model.pattern import At, DonorMap, Pattern
from fusion_cli.patterns import toml

SUFFIX = ".py.j2"
RESERVED = ("check", "show", "list", "recipe")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_COMMENT = re.compile(r"\A\s*\{#[-+]?(.*?)[-+]?#\}", re.DOTALL)
_SITES = get_args(At)
_GUARANTEES = ("keeps_host_weights",)
_DONOR_MAPS = {mapped.text: mapped for mapped in DonorMap}
# The gaps in `sentence`; `s` is the ending of the verb: an s behind one donor, nothing behind more.
GAPS = ("donors", "s", "site", "host")


@dataclass(frozen=True)
class FrontMatter:
    """What a pattern file says of itself; the fields are those of `model.Pattern`."""

    summary: str
    donor: tuple[DonorMap, ...]
    at: At
    guarantees: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class PatternFile:
    """A pattern file that was found: with its front matter, or with the error it will raise."""

    name: str
    path: Path
    front: FrontMatter | BadPattern

    @property
    def summary(self) -> str:
        if isinstance(self.front, BadPattern):
            return f"broken: {self.front.message}"
        return self.front.summary


def templates_folder() -> Path:
    """The folder of the templates that come with `fuse`: inside a wheel, beside a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def pattern_files(folders: Sequence[Path] = ()) -> tuple[PatternFile, ...]:
    """Every pattern by name, those in `folders` before those that come with `fuse`.

    A broken file is an entry like the others, so that it stands in the way of none.

    Raises:
        UnknownName: one of `folders` is no folder.
        UsageError: one of `folders` holds no pattern.
    """
    found: dict[str, PatternFile] = {}
    for folder in (*folders, templates_folder() / "patterns"):
        for path in _files(folder):
            name = path.name[: -len(SUFFIX)]
            found.setdefault(name, PatternFile(name, path, _front_or_error(name, path)))
    return tuple(found[name] for name in sorted(found))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UnknownName(
            f"--templates: no folder `{folder}`", hint=f"the path is taken from {Path.cwd()}"
        )
    files = [path for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    if not files:
        raise UsageError(
            f"--templates: no pattern in `{folder}`", hint=f"a pattern is a file `NAME{SUFFIX}`"
        )
    return files


def _front_or_error(name: str, path: Path) -> FrontMatter | BadPattern:
    if name in RESERVED:
        return BadPattern(f"{path}: `{name}` is a command of fuse", hint="rename the file")
    if not _NAME.fullmatch(name):
        return BadPattern(
            f"{path}: `{name}` cannot name a command",
            hint="rename the file: small letters, digits, `_` and `-`, beginning with a letter",
        )
    try:
        return front_matter(path)
    except BadPattern as error:
        return error


def load_pattern(name: str, folders: Sequence[Path] = ()) -> Pattern:
    """The pattern of that name, from the first folder that has it.

    Raises:
        UnknownName: there is none.
        BadPattern: its file is broken.
    """
    files = {file.name: file for file in pattern_files(folders)}
    if name not in files:
        raise UnknownName(f"no pattern `{name}`", did_you_mean(name, files))
    front = files[name].front
    if isinstance(front, BadPattern):
        raise front
    return read_pattern(files[name].path)


def read_pattern(path: Path) -> Pattern:
    """Read a pattern file and check all that can be checked without a plan.

    Raises:
        BadPattern: with the file and the line.
    """
    from fusion_cli.patterns.blocks import names_read

    front = front_matter(path)
    text = _read(path)
    return Pattern(
        name=path.name.removesuffix(SUFFIX),
        path=path,
        summary=front.summary,
        donor=front.donor,
        at=front.at,
        guarantees=front.guarantees,
        sentence=front.sentence,
        source=text,
        uses=names_read(text, path),
    )


def front_matter(path: Path) -> FrontMatter:
    """Read the front matter of a pattern file, and nothing else of it.

    Raises:
        BadPattern: with the file and the line.
    """
    text = _read(path)
    comment = _COMMENT.match(text)
    if comment is None:
        raise BadPattern(
            f"{path}:1: no front matter", hint="begin the file with a comment `{# summary = … #}`"
        )
    # The lines before the comment's text are kept, so that lines of the TOML are lines of the file.
    front = "\n" * text.count("\n", 0, comment.start(1)) + comment[1]
    values = toml.parse_toml(front, path, BadPattern)
    return _checked(values, lambda key: f"{path}:{toml.line_of_key(key, front)}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPattern(f"{path}: cannot be read: {error}") from None


def _checked(values: dict[str, Any], where: Callable[[str], str]) -> FrontMatter:
    """The values as front matter. `where` gives the file and line of a key, or of the end."""
    keys = ("summary", "donor", "at", "guarantees", "sentence")
    for key in values:
        if key not in keys:
            raise BadPattern(f"{where(key)}: unknown key `{key}`", hint=f"known: {', '.join(keys)}")
    for key in keys[:3]:
        if key not in values:
            raise BadPattern(f"{where(key)}: the front matter lacks `{key}`")
    summary = _line(values["summary"], "summary", where)
    at = values["at"]
    if at not in _SITES:
        raise BadPattern(f"{where('at')}: `at` is not {', '.join(_SITES[:-1])} or {_SITES[-1]}")
    guarantees = _strings(values.get("guarantees", []), "guarantees", where)
    if unknown := [guarantee for guarantee in guarantees if guarantee not in _GUARANTEES]:
        raise BadPattern(
            f"{where('guarantees')}: unknown guarantee `{unknown[0]}`",
            hint=f"known: {', '.join(_GUARANTEES)}",
        )
    return FrontMatter(
        summary,
        _donor_maps(values["donor"], at, where),
        cast(At, at),
        guarantees,
        _sentence(values["sentence"], where) if "sentence" in values else "",
    )


def _line(value: object, key: str, where: Callable[[str], str]) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value.strip():
        raise BadPattern(f"{where(key)}: `{key}` is not a line of text")
    return value.strip()


def _sentence(value: object, where: Callable[[str], str]) -> str:
    """A line whose gaps can be filled."""
    text = _line(value, "sentence", where)
    try:
        text.format(**dict.fromkeys(GAPS, ""))
    except (KeyError, IndexError, ValueError, AttributeError):
        raise BadPattern(
            f"{where('sentence')}: `sentence` has a gap that is not one of {', '.join(GAPS)}",
            hint='for example sentence = "{donors} replace{s} {site} of {host}"',
        ) from None
    return text


def _donor_maps(value: object, at: str, where: Callable[[str], str]) -> tuple[DonorMap, ...]:
    """What each donor maps, from one string or a list of them."""
    texts = _strings([value] if isinstance(value, str) else value, "donor", where)
    if not texts or not set(texts) <= _DONOR_MAPS.keys():
        raise BadPattern(
            f"{where('donor')}: `donor` does not say what a donor maps",
            hint='for example donor = "site.input -> site.output"',
        )
    maps = tuple(_DONOR_MAPS[text] for text in texts)
    if any(mapped.join != (at == "join") for mapped in maps):
        raise BadPattern(
            f"{where('donor')}: donors map `site.inputs -> site.output` at a join, and only there",
            hint="a join is where the host adds or concatenates two tensors",
        )
    return maps


def _strings(value: object, key: str, where: Callable[[str], str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadPattern(f"{where(key)}: `{key}` is not a list of strings")
    return tuple(value)
