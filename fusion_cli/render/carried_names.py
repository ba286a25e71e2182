"""What the names of a fused class are called in the written file: decided once, substituted once.

The fused class is rendered with stand-ins for the classes that come from other files. When all that
the file must carry is known, each of them has a name there, and so has what the host's own file
calls otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.carry.closure import Carried, Wish, carry
from fusion_cli.syntax.edit import rename_globals
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.names import global_names


@dataclass(frozen=True)
class CarriedClass:
    """A class of another file: its stand-in in the fused class, its name in that file, and the file."""

    stand_in: str
    name: str
    file: ModuleSource


@dataclass(frozen=True)
class Naming:
    """What the file carries, the names of the parts there, and those of other names that changed."""

    carried: Carried
    parts: Mapping[str, str]
    others: Mapping[str, str]

    def text(self, text: str) -> str:
        """Any text, with the parts' names in it."""
        stand_ins = "|".join(map(re.escape, self.parts))
        return (
            re.sub(stand_ins, lambda found: self.parts[found.group()], text) if stand_ins else text
        )

    def code(self, text: str) -> str:
        """Statements, with all their names as they are in the file."""
        return self.text(rename_globals(text, self.others))


def named(
    code: str, host: ModuleSource, parts: Sequence[CarriedClass], prelude: ModuleSource, style: str
) -> Naming:
    """Collect what the statements of `code` need, and decide what each thing is called.

    The host's file comes first: where two files mean different things by a name, it keeps its own.
    `prelude` gives what a pattern may use without the host's file importing it.
    """
    files = list(dict.fromkeys([host, *(part.file for part in parts), prelude]))
    stand_ins = {part.stand_in for part in parts}
    givers = {name: _giver(name, files) for name in set(global_names(code)) - stand_ins}
    wishes = [Wish(file, _wanted(file, givers, parts)) for file in files]
    wishes = [wish for wish in wishes if wish.names]
    carried = carry(wishes, style)
    final = {wish.source: names for wish, names in zip(wishes, carried.renames, strict=True)}
    others = {name: final[file][name] for name, file in givers.items()}
    return Naming(
        carried=carried,
        parts={part.stand_in: final[part.file][part.name] for part in parts},
        others={name: new for name, new in others.items() if new != name},
    )


def _giver(name: str, files: Sequence[ModuleSource]) -> ModuleSource:
    """The file that gives a name of the fused class: the first that binds it, else the host's."""
    return next((file for file in files if name in of_source(file).bindings), files[0])


def _wanted(
    file: ModuleSource, givers: Mapping[str, ModuleSource], parts: Iterable[CarriedClass]
) -> frozenset[str]:
    names = {name for name, giver in givers.items() if giver == file}
    return frozenset(names | {part.name for part in parts if part.file == file})
