"""Import statements: merged, and in the order that ruff and isort keep."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One name that an import statement gives.

    `from module import attr as name`; without `attr`, `import module as name`, or plain
    `import module` where `name` is its first part.
    """

    module: str
    attr: str | None
    name: str

    @property
    def dotted(self) -> str:
        """What is imported, whichever form of statement imports it."""
        return f"{self.module}.{self.attr}" if self.attr else self.module

    @property
    def plain(self) -> bool:
        """Whether this is `import a.b.c`, which binds `a`."""
        return self.attr is None and self.name == self.module.partition(".")[0]


def import_lines_of(imports: Iterable[Import]) -> tuple[str, ...]:
    """Imports as sorted lines, one a module, with `""` between the sections."""
    sections: dict[int, list[Import]] = {}
    for imported in dict.fromkeys(imports):
        sections.setdefault(_section(imported.module), []).append(imported)
    lines: list[str] = []
    for section in sorted(sections):
        lines += (
            ["", *_section_lines(sections[section])] if lines else _section_lines(sections[section])
        )
    return tuple(lines)


def _section(module: str) -> int:
    top = module.partition(".")[0]
    if top == "__future__":
        return 0
    return 1 if top in sys.stdlib_module_names else 2 if top else 3


def _section_lines(imports: list[Import]) -> list[str]:
    whole = sorted(
        {
            (imported.module, "" if imported.plain else imported.name)
            for imported in imports
            if imported.attr is None
        },
        key=lambda pair: (pair[0].lower(), pair),
    )
    lines = [f"import {module} as {name}" if name else f"import {module}" for module, name in whole]
    parts: dict[str, list[Import]] = {}
    for imported in imports:
        if imported.attr is not None:
            parts.setdefault(imported.module, []).append(imported)
    for module in sorted(parts, key=lambda module: (module.lower(), module)):
        lines += _from_lines(module, parts[module])
    return lines


def _from_lines(module: str, imports: list[Import]) -> list[str]:
    """One statement for the names kept, one for each that is given another."""
    kept = sorted(
        {imported.attr or "" for imported in imports if imported.attr == imported.name},
        key=_member_order,
    )
    renamed = sorted(
        {
            (imported.attr or "", imported.name)
            for imported in imports
            if imported.attr != imported.name
        },
        key=lambda pair: (_member_order(pair[0]), pair),
    )
    lines = [f"from {module} import {attr} as {name}" for attr, name in renamed]
    return [f"from {module} import {', '.join(kept)}", *lines] if kept else lines


def _member_order(name: str) -> tuple[int, str, str]:
    """CONSTANTS, then Classes, then functions, each by letter."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name
