"""What the shell is offered for each argument; Typer keeps what begins as typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fusion_cli.model.requests import KINDS

Offer = Iterable[tuple[str, str]]  # the word and its help


def hosts(incomplete: str) -> Offer:
    return [*_zoo("hosts"), *_files(incomplete)]


def donors(incomplete: str) -> Offer:
    return [*_zoo("donors"), *_files(incomplete)]


def references(incomplete: str) -> Offer:
    return [*_zoo("hosts"), *_zoo("donors"), *_files(incomplete)]


def recipes(incomplete: str) -> Offer:
    return list(_files(incomplete, ".toml"))


def kinds() -> Offer:
    return [(kind, "") for kind in KINDS]


def _zoo(kind: str) -> Offer:
    from fusion_cli import zoo

    return [(entry.name, entry.summary) for entry in zoo.entries(kind)]


def _files(incomplete: str, suffix: str = ".py") -> Iterator[tuple[str, str]]:
    """Files of one kind and folders, once a name has been begun."""
    if not incomplete:
        return
    folder, slash, _ = incomplete.rpartition("/")
    inside = Path(folder + slash)
    for path in sorted(inside.iterdir()) if inside.is_dir() else ():
        if path.is_dir() or path.suffix == suffix:
            yield f"{folder}{slash}{path.name}{'/' if path.is_dir() else ''}", ""
