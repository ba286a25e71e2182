"""Collects what names need, statement by statement, and decides what each thing is called."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fusion_cli.resolve.follow import (
    Definition,
    Follower,
    Namespace,
    Plain,
    Unit,
)
from fusion_cli.resolve.meaning import Meanings, Thing, module_as_object
from fusion_cli.syntax.imports import Import
from fusion_cli.syntax.modules import Module

_BUILTINS = frozenset(dir(builtins))


class Collector:
    """The things that a written file holds, each under its one name there."""

    def __init__(self, follower: Follower, sources: Sequence[Module]):
        self.meanings = Meanings(follower)
        self.units: dict[Unit, None] = {}
        self._follower = follower
        self._sources = list(dict.fromkeys(sources))
        # A definition that hides a builtin is right in its own file only.
        self._taken = _BUILTINS if len(self._sources) > 1 else frozenset()
        self._names: dict[Thing, str] = {}
        self._wished: dict[Thing, str] = {}
        self._owners: dict[str, Thing] = {}
        self._used: set[Thing] = set()
        self._imported: dict[str, set[str]] = {}  # modules of `import a.b`, by what they bind

    def want(self, module: Module, name: str, prefix: str) -> str:
        """Collect what `name` means in a module, and return its name in the written file.

        Args:
            module: The file that uses the name.
            name: A name, or a dotted one where it goes through a module (`blocks.Conv`).
            prefix: What a new name starts with, where the old one is taken.

        Raises:
            CannotFuse: The name stands for a helper file as a module.
        """
        chain = name.split(".")
        target, accesses = self._follower.find_dotted(module, chain)
        if isinstance(target, Namespace) or (target is None and accesses):
            raise module_as_object(module, chain[0])
        if target is None:
            return name
        if isinstance(target, Plain):
            self._imported.setdefault(target.name, set()).update(target.modules)
        return ".".join((self._place(target, prefix), *chain[accesses + 1 :]))

    def wish(self, module: Module, names: Iterable[str]) -> None:
        """Let what these names mean have these names, also where its own file calls it otherwise."""
        for name in names:
            target = self._follower.find(module, name)
            if isinstance(target, Definition):
                self._wished.setdefault(target, name)

    def name_of(self, thing: Thing) -> str:
        """The name of a collected thing in the written file."""
        return self._names[thing]

    def is_used(self, thing: Thing) -> bool:
        """Whether anything refers to a thing, or it only stands in a statement that is needed."""
        return thing in self._used

    def imports(self) -> Iterator[Import]:
        """The import of each name that is imported at the top of the written file."""
        for name, thing in self._owners.items():
            if isinstance(thing, Import):
                yield replace(thing, name=name)
            elif isinstance(thing, Plain) and name != thing.name:
                yield Import(thing.name, None, name)
            elif isinstance(thing, Plain):
                yield from (Import(module, None, name) for module in self._imported[name])

    def ordered(self) -> list[Unit]:
        """The statements to carry: files that others import first, in a file as they stand there."""
        rank = {module: index for index, module in enumerate(self._module_order())}
        done: dict[Unit, None] = {}
        for unit in sorted(self.units, key=lambda unit: (rank[unit[0]], unit[1])):
            self._append(unit, done)
        return list(done)

    # collecting

    def _place(self, thing: Thing, prefix: str) -> str:
        """Name a thing and collect what it needs; another that says the same stands for it."""
        if thing not in self._names:
            name = self._names[thing] = self._choose(thing, prefix)
            if name not in self._owners:
                self._owners[name] = thing
                for unit in thing.units if isinstance(thing, Definition) else ():
                    self._take(unit, prefix)
        self._used.add(thing)
        return self._names[thing]

    def _take(self, unit: Unit, prefix: str) -> None:
        if unit in self.units:
            return
        self.units[unit] = None
        for own in self.meanings.own(unit):
            used = own in self._used
            self._place(own, prefix)
            if not used:
                self._used.discard(own)
        for use in self.meanings.uses(unit):
            if isinstance(use.thing, Plain):
                chosen = _module_of_chain(use.thing, use.reference.chain)
                self._imported.setdefault(use.thing.name, set()).add(chosen)
            if use.thing is not None and not use.reference.store:
                self._place(use.thing, prefix)
        for target in self.meanings.inner_imports(unit).values():
            if isinstance(target, Definition):
                self._place(target, prefix)

    # names

    def _choose(self, thing: Thing, prefix: str) -> str:
        name = thing.binding.name if isinstance(thing, Definition) else thing.name
        name = self._wished.get(thing, name)
        other = self._owners.get(name)
        if other is not None and self.meanings.same(other, thing, frozenset()):
            return name
        if other is None and name not in self._taken:
            return name
        for known, owner in self._owners.items():
            if isinstance(thing, Definition) and self.meanings.same(owner, thing, frozenset()):
                return known
        return next(new for new in _alternatives(thing, name, prefix) if self._is_free(new))

    def _is_free(self, name: str) -> bool:
        """Whether a name is nowhere used, not even as a local of what is carried."""
        if (
            name in self._owners
            or name in self._taken
            or name in _BUILTINS
            or keyword.iskeyword(name)
        ):
            return False
        modules = dict.fromkeys([*self._sources, *(module for module, _ in self.units)])
        return not any(re.search(rf"\b{name}\b", module.text) for module in modules)

    # order

    def _needs(self, unit: Unit) -> Iterator[tuple[Definition, bool]]:
        """The definitions that a statement refers to, and whether only when a function runs."""
        for use in self.meanings.uses(unit):
            owner = self._owners[self._names[use.thing]] if use.thing in self._names else None
            if isinstance(owner, Definition):
                yield owner, use.reference.deferred
        for target in self.meanings.inner_imports(unit).values():
            owner = self._owners[self._names[target]] if target in self._names else None
            if isinstance(owner, Definition):
                yield owner, True

    def _module_order(self) -> list[Module]:
        needs: dict[Module, dict[Module, None]] = {module: {} for module in self._sources}
        for unit in self.units:
            found = needs.setdefault(unit[0], {})
            found.update(dict.fromkeys(need.module for need, _ in self._needs(unit)))
        done: dict[Module, None] = {}
        visited: set[Module] = set()

        def visit(module: Module) -> None:
            if module not in visited:
                visited.add(module)
                for need in needs.get(module, {}):
                    visit(need)
                done[module] = None

        for module in needs:
            visit(module)
        return list(done)

    def _append(
        self, unit: Unit, done: dict[Unit, None], entered: frozenset[Unit] = frozenset()
    ) -> None:
        """Append a statement behind all that must have run before it."""
        if unit in done or unit in entered:
            return
        module, index = unit
        for need, deferred in self._needs(unit):
            for other in () if deferred else need.units:
                if other[0] is not module or other[1] < index:
                    self._append(other, done, entered | {unit})
        done[unit] = None


def _module_of_chain(plain: Plain, chain: tuple[str, ...]) -> str:
    """The longest of the imported modules that a dotted expression goes through."""
    through = [
        name for name in plain.modules if chain[: name.count(".") + 1] == tuple(name.split("."))
    ]
    return max(through, key=len, default=plain.name)


def _alternatives(thing: Thing, name: str, prefix: str) -> Iterator[str]:
    """Names as a person would choose them where `name` is taken by something else."""
    if not isinstance(thing, Definition):
        yield thing.dotted.rpartition(".")[2] if isinstance(thing, Import) else name
    if name != prefix:
        yield prefixed(prefix, name)
    yield from (f"{name}_{n}" if name[-1].isdigit() else f"{name}{n}" for n in range(2, 1000))


def prefixed(prefix: str, name: str) -> str:
    """`AKConv` before `Conv`, `autopad`, `EPS`, `_make`: AKConvConv, akconv_autopad, AKCONV_EPS, …"""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", prefix).lower()
    bare = name.lstrip("_")
    private = name[: len(name) - len(bare)]
    if bare.isupper() and len(bare) > 1:
        return f"{private}{snake.upper()}_{bare}"
    if bare[:1].isupper():
        return f"{private}{prefix[:1].upper()}{prefix[1:]}{bare}"
    return f"{private}{snake}_{bare}"
