"""What the shell is offered for each argument and option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fusion_cli.levels import DEEP, LEVELS
from fusion_cli.requests import KINDS, STYLES

Offer = Iterable[tuple[str, str]]


def hosts(incomplete: str) -> Offer:
    return [*_zoo("hosts", incomplete), *_files(incomplete)]


def donors(incomplete: str) -> Offer:
    return [*_zoo("donors", incomplete), *_files(incomplete)]


def references(incomplete: str) -> Offer:
    return [*_zoo("hosts", incomplete), *_zoo("donors", incomplete), *_files(incomplete)]


def checks(incomplete: str) -> Offer:
    return _beginning(DEEP, incomplete)


def levels(incomplete: str) -> Offer:
    return _beginning(LEVELS, incomplete)


def styles(incomplete: str) -> Offer:
    return _beginning(STYLES, incomplete)


def devices(incomplete: str) -> Offer:
    return _beginning(("auto", "cpu", "cuda"), incomplete)


def kinds(incomplete: str) -> Offer:
    return _beginning(KINDS, incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> Offer:
    return [(word, "") for word in words if word.startswith(incomplete)]


def _zoo(kind: str, incomplete: str) -> Offer:
    """The zoo's names in any case, as references are."""
    from fusion_cli.resolve import zoo_entries

    return [
        (entry.name, entry.summary)
        for entry in zoo_entries(kind)
        if entry.name.lower().startswith(incomplete.lower())
    ]


def _files(incomplete: str) -> Iterator[tuple[str, str]]:
    """Python files and folders, once the name has begun as one of theirs does."""
    if not incomplete:
        return
    folder, slash, start = incomplete.rpartition("/")
    inside = Path(folder + slash)
    for path in sorted(inside.iterdir()) if inside.is_dir() else ():
        if path.name.startswith(start) and (path.is_dir() or path.suffix == ".py"):
            yield f"{folder}{slash}{path.name}{'/' if path.is_dir() else ''}", ""
