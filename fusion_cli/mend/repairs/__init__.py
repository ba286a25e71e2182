"""Repairs: rewritings of a module's source that mend one fault without a guess.

A repair is a file of this folder whose name does not begin with an underscore. It says in
`SUMMARY` what it does and in `FOR_CHECKS` which checks of the battery it may mend, and its
`repair(text: str) -> str` gives the text back as it was, to the byte, where there is nothing to
mend or the text is no Python. Adding the file is the registration.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Repair:
    """One rewriting of source text, and the checks that it may mend."""

    name: str
    summary: str
    apply: Callable[[str], str]
    for_checks: tuple[str, ...]


def all_repairs() -> tuple[Repair, ...]:
    """Every repair there is, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return tuple(_load(name) for name in names if not name.startswith("_"))


def _load(name: str) -> Repair:
    module = importlib.import_module(f"{__name__}.{name}")
    return Repair(name, module.SUMMARY, module.repair, module.FOR_CHECKS)
