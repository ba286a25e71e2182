"""Where a pattern goes when `--at` does not say: read from the dataflow as it ran, never from names."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial

import libcst as cst

from fusion_cli.fit.joins import join_sites
from fusion_cli.fit.sites import Occurrence, Site, block_site, calls_site, parameter_of
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.flow import (
    Flow,
    MainPath,
    Maker,
    Node,
)
from fusion_cli.model.pattern import Pattern
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import enclosing

End = cst.BaseExpression | cst.AugAssign


def default_sites(host: HostView, pattern: Pattern) -> list[list[Callable[[], Site]]]:
    """Where the pattern goes by its own rule: groups of like sites, the best group first.

    Where no site of the rule can take the donors, the whole block can, if the pattern keeps it; where
    the block cannot, since it makes something else than a map of its map, a convolution can.
    """
    block: list[Callable[[], Site]] = [partial(block_site, host)]
    if pattern.at == "join":
        return [join_sites(host)]
    if pattern.at == "block":
        return [block]
    found: list[Callable[[], Site]] = [
        partial(calls_site, host, name, name) for name in _convolutions(host)
    ]
    if pattern.at == "main_path":
        return [[partial(main_path_site, host)], block, found]
    return [found, block] if pattern.keeps_site else [found]


def main_path_site(host: HostView) -> Site:
    """What the last addition adds to the shortcut; the block where no run adds to a shortcut."""
    for flow in host.flows:
        path = flow.main_path
        if path.addition is not None:
            return _ending_in_call(host, flow, path) or _ending_in_value(host, flow, path)
    return block_site(host)


def _ends(host: HostView, flow: Flow, end: int, maker: Maker) -> list[tuple[End, int]]:
    """What in the source gave what `maker` made before anything read it, with the moments."""
    node = flow.making(maker)
    after = node.begin if node else -1
    before = flow.first_use(end, node.end if node else -1)
    return [
        (expression, time)
        for expression, value, time in _given(host, flow)
        if value == end and after < time < before
    ]


def _given(host: HostView, flow: Flow) -> Iterator[tuple[End, int, int]]:
    """Every expression and statement `x *= y` that ran, with the value it gave and the moment."""
    operators = {node.begin: node for node in flow.root if node.kind == "op"}
    for number, value, time in flow.expressions:
        expression = host.source.expressions[number]
        if isinstance(expression, cst.Call | cst.BinaryOperation):
            yield expression, value, time
        statement, node = host.source.parents.get(expression), operators.get(time + 1)
        if node and isinstance(statement, cst.AugAssign) and isinstance(statement.target, cst.Name):
            yield statement, node.outputs[0], node.end


def _starting_call(flow: Flow, path: MainPath) -> Node | None:
    """The root-level call that first takes the main path away from the shortcut."""
    own = flow.slice(path.end) - flow.slice(path.start)
    for node in flow.root:
        if path.start in node.inputs and set(node.outputs) & own:
            return node if node.kind == "module" else None
    return None


def _ending_in_call(host: HostView, flow: Flow, path: MainPath) -> Site | None:
    maker = flow.maker(path.end, host.landmarks)
    made = _ends(host, flow, path.end, maker) if maker else []
    start = _starting_call(flow, path)
    node = flow.called_by(made[-1][1]) if made else None
    if start is None or node is None or node.kind != "module":
        return None
    if not (host.direct_calls(start.name) and host.direct_calls(node.name)):
        return None
    if any(flow.calls(node.name) and not flow.calls(start.name) for flow in host.flows):
        return None
    return calls_site(host, start.name, node.name)


def _ending_in_value(host: HostView, flow: Flow, path: MainPath) -> Site:
    """A main path whose end has no call of its own: the site ends with the expression that gave it.

    What ends the path is not read anew from each run: one without the shortcut has other additions,
    and what made the value may be spelt out again in another arm of a conditional.
    """
    maker = flow.maker(path.end, host.landmarks)
    start = _starting_call(flow, path)
    if (
        start
        and maker
        and any(flow.made(maker) and not flow.calls(start.name) for flow in host.flows)
    ):
        start = None  # it is not what every run starts with
    begins = path.start == flow.inputs[0]
    if maker is None or (start is None and not begins):
        raise _no_handle(host)
    if any(flow.main_path.addition and flow.made(maker) is None for flow in host.flows):
        raise _no_handle(host)  # another arm ends it in another way, and would be left out
    first = start.name if start else ""
    spans = tuple(_value_span(flow, first, maker) for flow in host.flows)
    ran = [(flow, span) for flow, span in zip(host.flows, spans, strict=True) if span]
    made = [_ends(host, flow, end, maker) for flow, (_, end) in ran]
    ends = dict.fromkeys(moments[-1][0] for moments in made if moments)
    if not ends or not all(
        _only(host, flow, ends, span) for flow, span in zip(host.flows, spans, strict=True)
    ):
        raise _no_handle(host)
    return Site(
        path="main_path",
        kind="value",
        occurrences=tuple(_named(host, start, begins, end) for end in ends),
        runs=tuple(
            span and (flow.shapes[span[0]], flow.shapes[span[1]])
            for flow, span in zip(host.flows, spans, strict=True)
        ),
        mutates=any(flow.mutates(begin, 0, flow.first_use(end)) for flow, (begin, end) in ran),
        first=first,
        maker=maker,
        spans=tuple(span and ((span[0],), span[1]) for span in spans),
        modules=_on_path(host, ran),
    )


def _no_handle(host: HostView) -> CannotFuse:
    return CannotFuse(
        f"the main path of {host.source.name} ends where its source gives no handle",
        "name a site with --at",
    )


def _value_span(flow: Flow, first: str, maker: Maker) -> tuple[int, int] | None:
    """From the first input of a submodule (of the host, where it is "") to what `maker` made."""
    start = flow.calls(first)[0].inputs[0] if flow.calls(first) else flow.inputs[0]
    end = flow.made(maker)
    return None if end is None or start not in flow.slice(end) else (start, end)


def _only(host: HostView, flow: Flow, ends: Container[End], span: tuple[int, int] | None) -> bool:
    """Whether these ends gave nothing but the end of the span in this run."""
    given = {value for expression, value, _ in _given(host, flow) if expression in ends}
    return given <= {*(span or ())[1:]}


def _on_path(host: HostView, ran: Sequence[tuple[Flow, tuple[int, int]]]) -> tuple[str, ...]:
    found: set[str] = set()
    for flow, (start, end) in ran:
        own = flow.slice(end) - flow.slice(start)
        found |= {node.name for node in flow.made_by(own) if node.kind == "module"}
    return tuple(path for path in host.addressable if path in found)


def _named(host: HostView, start: Node | None, begins: bool, end: End) -> Occurrence:
    """The end of the main path, with what holds its start: a call's argument, or a parameter.

    `begins` says that the path starts with the host's own input.
    """
    function = enclosing(end, host.source.parents, cst.FunctionDef)
    for call in host.direct_calls(start.name) if start else ():
        if enclosing(call, host.source.parents, cst.FunctionDef) is function:
            return Occurrence(end, call)
    forward = host.source.methods.get("forward")
    if begins and forward is not None and function is forward:
        return Occurrence(end, None, parameter_of(host, forward))
    raise CannotFuse(
        f"no name in {host.source.name} holds the input of its main path where the path ends",
        "name a site with --at",
    )


def _convolutions(host: HostView) -> list[str]:
    """The convolutions on the main path (else whatever has weights there), in order."""
    flow = next((flow for flow in host.flows if flow.main_path.addition), host.flows[0])
    path = flow.main_path
    own = flow.slice(path.end) - (flow.slice(path.start) if path.addition else set())
    nodes = sorted(flow.made_by(own), key=lambda node: node.begin)
    names = [item for node in nodes if node.kind == "module" for item in _items(flow, node.name)]
    ordered = [name for name in dict.fromkeys(names) if host.address(name) is not None]
    chosen = [name for name in ordered if flow.modules[name].convolution]
    return chosen or [name for name in ordered if flow.modules[name].work]


def _items(flow: Flow, path: str) -> list[str]:
    """A submodule, or the items of a container in its place."""
    if not flow.modules[path].sequential:
        return [path]
    children = flow.modules[path].children
    return [item for child in children for item in _items(flow, f"{path}.{child}")]
