"""Sites inside the modules that a host contains: `m.*.cv1` is `cv1` of each item of `m`.

The class of those items is fused at `cv1`, and the host is written anew so that it builds the fused
class instead. What the items hold may be contained in its turn, to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from fusion_cli.model.errors import CannotFuse, UnknownName
from fusion_cli.model.flow import Flow, Origin, matches
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import (
    code,
    reads,
    stores,
    walk,
)


@dataclass(frozen=True)
class Contained:
    """Submodules of one class, and the site inside that class.

    `within` names them by path (`m.*`), `path` is one of them in the base run, `file` is where their
    class stands (None: in the host's own file), `rest` is the site as `--at` names it there. For a
    layer of torch itself `stand_in` is the source of a class that does the same, and `parameters`
    are those of its constructor with their defaults.
    """

    within: str
    rest: str
    path: str
    name: str
    file: str | None
    stand_in: str | None
    references: tuple[cst.CSTNode, ...]  # where the host's source names the class to build them
    parameters: tuple[tuple[str, str | None], ...] = ()

    def builds(self, tree: cst.CSTNode) -> list[cst.Call]:
        """The calls beneath `tree` that build one of them."""
        calls = [node for node in walk(tree) if isinstance(node, cst.Call)]
        return [call for call in calls if call.func in self.references]


def contained(host: HostView, at: str | None) -> Contained | None:
    """The contained modules that `--at` leads into; None where the site is the host's own.

    Raises:
        UnknownName: there are no such submodules.
        CannotFuse: their class cannot be exchanged for a fused one.
    """
    if at is None or at == "block":
        return None
    first, dots, last = at.partition("..")
    head = _head(host, first)
    if "*" not in first and (host.address(first) or head not in host.paths):
        return None
    tops = _tops(host, head)
    within = ".".join(head.split(".")[: tops[0].count(".") + 1])
    rest = first.removeprefix(within).lstrip(".") or "block"
    behind = f"..{last.removeprefix(f'{within}.')}" if dots else ""
    path, origin = _origin(host, within, tops)
    building = _building(host, within, origin)
    references = tuple(call.func for call in building.values()) or _references(
        host, within, origin.names
    )
    _demand_all(host, within, origin, references, building)
    return Contained(
        within=within,
        rest=rest + behind,
        path=path,
        name=origin.cls,
        file=origin.file,
        stand_in=origin.stand_in,
        references=references,
        parameters=origin.parameters,
    )


def within_reach(host: HostView) -> list[str]:
    """Sites to try where the host's own source has none: its first convolution, then all like it.

    A module that holds one convolution is tried first, then that convolution itself.
    """
    flow = host.flows[0]
    paths = [path for path in host.paths if path in flow.modules and flow.modules[path].convolution]
    inside = [path for path in paths if path.startswith(f"{paths[0]}.")]
    tried = [*paths[:1], *inside[-1:]]
    starred = [re.sub(r"\b\d+\b", "*", path) for path in tried]
    numbered = [re.sub(r"^\w*\d\.", "*.", path) for path in tried]  # `block0.conv`
    return list(dict.fromkeys([*tried, *starred, *numbered]))


def _head(host: HostView, first: str) -> str:
    """The submodules that a site begins in: its path without `block` or a join at its end."""
    if any(matches(path, first) for path in host.paths):
        return first
    return re.sub(r"\.(block|(add|cat)(\.\d+)?)$", "", first)


def _tops(host: HostView, head: str) -> list[str]:
    """The contained modules that hold what a path names and that the host itself calls."""
    found = {
        _outermost(flow, path): None
        for flow in host.flows
        for path in flow.modules
        if matches(path, head) and flow.calls(path)
    }
    if not found:
        raise UnknownName(
            f"{host.source.name} has no site `{head}`",
            f"the submodules that run are {', '.join(host.paths) or 'none'}; `*` stands for one name",
        )
    if len({path.count(".") for path in found}) > 1:
        raise CannotFuse(
            f"`{head}` of {host.source.name} names modules at different depths",
            "name them apart, one fusion each",
        )
    return list(found)


def _outermost(flow: Flow, path: str) -> str:
    """The module around (or at) a path that the host's own methods call, sequences looked through."""
    found = path
    while True:
        owner = flow.calls(path)[0].owner
        if not owner:
            return found
        if not flow.modules[owner].sequential:
            found = owner
        path = owner


def _origin(host: HostView, within: str, tops: Sequence[str]) -> tuple[str, Origin]:
    """One of the contained modules in the base run, and where their class comes from."""
    flow = host.flows[0]
    paths = [path for path in tops if path in flow.modules]
    if not paths:
        raise CannotFuse(
            f"`{within}` does not exist in {host.source.name} as it is built here",
            "give arguments with which it does: --host-args",
        )
    foreign = [path for path in paths if path not in flow.origins]
    if foreign:
        raise CannotFuse(
            f"`{foreign[0]}` of {host.source.name} is torch's own {flow.modules[foreign[0]].cls}, "
            "which holds modules and has no source to write anew",
            "choose a site whose class has a source of its own",
        )
    classes = {flow.origins[path].cls for path in paths}
    if len(classes) > 1:
        raise CannotFuse(
            f"`{within}` of {host.source.name} holds {' and '.join(sorted(classes))}",
            "name modules of one class",
        )
    return paths[0], flow.origins[paths[0]]


def _building(host: HostView, within: str, origin: Origin) -> dict[int, cst.Call]:
    """The calls that built the contained modules, by number; none unless each names their class."""
    numbers = {
        flow.built.get(path)
        for flow in host.flows
        for path in flow.modules
        if matches(path, within) and flow.origins.get(path) == origin
    }
    calls = {number: host.source.building[number] for number in numbers if number is not None}
    named = all(code(call.func) in origin.names for call in calls.values())
    return dict(sorted(calls.items())) if named and None not in numbers else {}


def _references(host: HostView, within: str, names: Sequence[str]) -> tuple[cst.CSTNode, ...]:
    """Where the source names the class: in the declarations of the part, else anywhere."""
    body = host.source.node.body
    defaults = {
        node for part in walk(body) if isinstance(part, cst.Parameters) for node in walk(part)
    }
    called = [
        node
        for node in walk(body)
        if isinstance(node, cst.Name | cst.Attribute)
        and code(node) in names
        and node not in defaults
    ]
    near = _near(host, within.split(".")[0])
    found = [name for name in called if name in near] or called
    if not found:
        raise CannotFuse(
            f"the source of {host.source.name} does not name the class that it builds `{within}` of",
            "fuse into that class, and give the host the fused one",
        )
    return tuple(found)


def _near(host: HostView, attribute: str) -> set[cst.CSTNode]:
    """The statements that declare a part, and those that fill the locals which it is made of."""
    init = host.source.methods.get("__init__")
    lines = (
        [node for node in walk(init) if isinstance(node, cst.SimpleStatementLine)] if init else []
    )
    found: list[cst.CSTNode] = [*host.source.declarations(attribute)]
    for line in found:  # grows while it is gone through
        used = {name.value for name in reads(line)}
        found += [line for line in lines if line not in found and _fills(line) & used]
    return {node for line in found for node in walk(line)}


def _fills(line: cst.SimpleStatementLine) -> set[str]:
    """The locals that a statement binds or calls a method of: `blocks = []`, `blocks.append(…)`."""
    called = {
        statement.value.func.value.value
        for statement in line.body
        if isinstance(statement, cst.Expr)
        and isinstance(statement.value, cst.Call)
        and isinstance(statement.value.func, cst.Attribute)
        and isinstance(statement.value.func.value, cst.Name)
    }
    return (stores(line) | called) - {"self"}


def _demand_all(
    host: HostView,
    within: str,
    origin: Origin,
    references: Sequence[cst.CSTNode],
    building: Mapping[int, cst.Call],
) -> None:
    """Refuse to change some of the modules that one expression builds."""
    for flow in host.flows:
        for path in _alike(flow, origin):
            if matches(path, within):
                continue
            if building:
                together = flow.built.get(path) in building
            else:
                together = _is_named_with(
                    host, references, within.split(".")[0], path.split(".")[0]
                )
            if together:
                raise CannotFuse(
                    f"`{within}` leaves out `{path}`, which {host.source.name} builds by the same "
                    f"expression of {origin.cls}",
                    "name them all: `*` stands for any one name",
                )


def _is_named_with(
    host: HostView, references: Sequence[cst.CSTNode], root: str, other: str
) -> bool:
    """Whether another part of the host may be built by what names the class for one."""
    near = set(references) <= _near(host, root)
    return not near or root == other or not _near(host, other).isdisjoint(references)


def _alike(flow: Flow, origin: Origin) -> Iterator[str]:
    """The modules of the same class that the host builds itself, not one of its modules."""
    for path, other in flow.origins.items():
        parts = path.split(".")
        around = {".".join(parts[:count]) for count in range(1, len(parts))}
        same = replace(other, names=()) == replace(origin, names=())
        if same and not around & flow.origins.keys():
            yield path
