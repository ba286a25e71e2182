"""What a written file must carry: the definitions and imports that its classes need, and no more.

Names are followed through files and imports to what they mean. A definition that several files
hold is carried once; where two files mean different things by one name, both are carried and the
later one is renamed wherever its own file uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.carry.emit import carried_text
from fusion_cli.render.carry.licence import licence
from fusion_cli.render.header import header
from fusion_cli.resolve.collect import Collector
from fusion_cli.resolve.follow import Follower
from fusion_cli.syntax.imports import Import, import_lines_of
from fusion_cli.syntax.modules import (
    Belonging,
    Module,
    of_source,
    side_effects,
)

_INSIDE: dict[str, frozenset[Belonging]] = {
    "standalone": frozenset({"file", "zoo"}),
    "import": frozenset({"file"}),
}

_SHOWN = 4  # statements that a note lists


@dataclass(frozen=True)
class Wish:
    """Names that the written file wants of one source file."""

    source: ModuleSource
    names: frozenset[str]


@dataclass(frozen=True)
class Carried:
    """What stands before the fused class.

    `imports` are the lines of the import section, `""` between groups. `definitions` stand in an
    order in which they can run. `renames` has one mapping for each wish: wanted name to its name
    in the written file.
    """

    imports: tuple[str, ...]
    definitions: tuple[str, ...]
    renames: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


def carry(wishes: Sequence[Wish], style: str) -> Carried:
    """Collect what the names of `wishes` mean, for a file of its own.

    Args:
        wishes: The names by file, the host's first: where two files differ, the first keeps its names.
        style: `standalone` carries what is in the zoo too, `import` imports it.

    Raises:
        BadFile: A helper file that is needed is no Python.
    """
    modules = [of_source(wish.source) for wish in wishes]
    follower = Follower(_INSIDE[style], {module.path: module for module in modules})
    collector = Collector(follower, modules)
    for wish, module in zip(wishes, modules, strict=True):
        collector.wish(module, sorted(wish.names))
    renames = tuple(
        {name: collector.want(module, name, wish.source.name) for name in sorted(wish.names)}
        for wish, module in zip(wishes, modules, strict=True)
    )
    units = collector.ordered()
    used = dict.fromkeys([*modules, *(module for module, _ in units)])
    # A class that is not wanted itself is written anew: its source's annotations come along.
    rewritten = [
        module
        for wish, module in zip(wishes, modules, strict=True)
        if wish.source.name not in wish.names
    ]
    return Carried(
        imports=_import_lines(collector.imports(), [*rewritten, *(module for module, _ in units)]),
        definitions=tuple(carried_text(collector, unit) for unit in units),
        renames=renames,
        notes=tuple(note for module in used if (note := _left_behind(module))),
        licences=tuple(dict.fromkeys(filter(None, (licence(wish.source) for wish in wishes)))),
    )


def _import_lines(imports: Iterable[Import], modules: Iterable[Module]) -> tuple[str, ...]:
    future = [Import("__future__", "annotations", "annotations")]
    return import_lines_of(
        [*(future if any(module.future for module in modules) else []), *imports]
    )


def _left_behind(module: Module) -> str:
    """A note on what a loose file does when it is run, none of which is carried."""
    own = module.origin == "file" and not header(module.text)  # a written file's demo is ours
    effects = list(side_effects(module)) if own else []
    if not effects:
        return ""
    listed = ", ".join(f"{what} (line {node.lineno})" for node, what in effects[:_SHOWN])
    more = f" and {len(effects) - _SHOWN} more" if len(effects) > _SHOWN else ""
    return f"{module.path.name}: not carried over: {listed}{more}"
