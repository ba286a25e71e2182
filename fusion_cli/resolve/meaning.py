"""What the references in a statement mean, and when two definitions mean the same."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TypeAlias

from fusion_cli.model.errors import CannotFuse
from fusion_cli.resolve.follow import (
    Definition,
    Follower,
    Namespace,
    Plain,
    Target,
    Unit,
)
from fusion_cli.syntax.edit import statement_text
from fusion_cli.syntax.imports import Import
from fusion_cli.syntax.modules import Module
from fusion_cli.syntax.names import (
    Reference,
    Scan,
    bindings,
    scan,
)

_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Thing: TypeAlias = Definition | Import | Plain


@dataclass(frozen=True)
class Use:
    """A reference, what it means, and how many attribute accesses lead there (`blocks.Conv`: 1)."""

    reference: Reference
    thing: Thing | None
    accesses: int = 0


class Meanings:
    """Answers about statements, each worked out once."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self._scans: dict[Unit, Scan] = {}
        self._uses: dict[Unit, tuple[Use, ...]] = {}
        self._shapes: dict[Unit, str] = {}

    def scan(self, unit: Unit) -> Scan:
        """The references and inner imports of a statement."""
        if unit not in self._scans:
            module, index = unit
            self._scans[unit] = scan([module.body[index]])
        return self._scans[unit]

    def uses(self, unit: Unit) -> tuple[Use, ...]:
        """What each reference in a statement means."""
        if unit not in self._uses:
            self._uses[unit] = tuple(self._use(unit, ref) for ref in self.scan(unit).references)
        return self._uses[unit]

    def own(self, unit: Unit) -> list[Definition]:
        """What a statement defines in its module."""
        module, index = unit
        return [
            Definition(module, binding)
            for name in dict.fromkeys(bindings(module.body[index]))
            for binding in module.bindings.get(name, [])
            if index in binding.statements
        ]

    def inner_imports(self, unit: Unit) -> dict[tuple[ast.ImportFrom, ast.alias], Target | None]:
        """What the imports inside functions mean, where they do not lead to an absolute name as is."""
        found: dict[tuple[ast.ImportFrom, ast.alias], Target | None] = {}
        for node in self.scan(unit).inner_imports:
            for alias in node.names:
                target = self.follower.of_import(unit[0], node, alias)
                if isinstance(target, Namespace):
                    raise module_as_object(unit[0], alias.asname or alias.name)
                if isinstance(node, ast.ImportFrom):
                    found[node, alias] = target
        carried = {node for (node, _), target in found.items() if isinstance(target, Definition)}
        return {
            (node, alias): target
            for (node, alias), target in found.items()
            if node.level or node in carried
        }

    def same(
        self, thing: Thing | None, other: Thing | None, assumed: frozenset[tuple[Thing, Thing]]
    ) -> bool:
        """Whether two things are one and the same, or definitions that say the same of the same."""
        if thing is None or other is None or thing == other:
            return thing is other or thing == other
        if isinstance(thing, Definition) and isinstance(other, Definition):
            return (thing, other) in assumed or self._same_definition(
                thing, other, assumed | {(thing, other)}
            )
        if isinstance(thing, Definition) or isinstance(other, Definition):
            return False
        return _dotted(thing) == _dotted(other)

    def _same_definition(
        self, definition: Definition, other: Definition, assumed: frozenset[tuple[Thing, Thing]]
    ) -> bool:
        if [self._shape(unit) for unit in definition.units] != [
            self._shape(unit) for unit in other.units
        ]:
            return False
        pairs = (
            pair
            for unit, match in zip(definition.units, other.units, strict=True)
            for pair in zip(self.uses(unit), self.uses(match), strict=True)
        )
        return all(
            self.same(a.thing, b.thing, assumed)
            and (a.thing is not None or a.reference.name == b.reference.name)
            for a, b in pairs
        )

    def _shape(self, unit: Unit) -> str:
        """A statement without docstrings and without the names that it gives and refers to."""
        if unit not in self._shapes:
            module, index = unit
            tree = ast.parse(statement_text(module, index, ()))
            _blank(tree.body[0])
            self._shapes[unit] = ast.dump(tree)
        return self._shapes[unit]

    def _use(self, unit: Unit, ref: Reference) -> Use:
        module, index = unit
        if ref.store and not ref.deferred:
            own = next(thing for thing in self.own(unit) if thing.binding.name == ref.name)
            return Use(ref, own)
        at = None if ref.deferred else index
        target, accesses = self.follower.find_dotted(module, ref.chain, at)
        if isinstance(target, Namespace) or (target is None and accesses):
            raise module_as_object(module, ref.name)
        return Use(ref, target, accesses)


def module_as_object(module: Module, name: str) -> CannotFuse:
    """The error for a helper file that is used as an object: there is no such object in one file."""
    return CannotFuse(
        f"{module.path} uses the file that it imports as `{name}` as a module",
        "import the names that it needs from that file: `from … import …`",
    )


def _dotted(thing: Import | Plain) -> str:
    return thing.dotted if isinstance(thing, Import) else thing.name


def _blank(statement: ast.stmt) -> None:
    """Take the docstrings and the names of the module out of a tree."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        statement.name = ""
    for ref in scan([statement]).references:
        if isinstance(ref.node, ast.Name):
            ref.node.id = ""
        elif isinstance(ref.node, ast.Constant):
            ref.node.value = re.sub(rf"\b{ref.name}\b", "", str(ref.node.value))
        else:
            ref.node.names = [""]
    for node in ast.walk(statement):
        body = node.body if isinstance(node, _DOCUMENTED) else []
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
