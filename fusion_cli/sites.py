"""Sites: places in the host's dataflow, found in the record of its runs and known in its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import libcst as cst

from fusion_cli.errors import CannotFuse, UnknownName
from fusion_cli.flow import Flow, MainPath, Node
from fusion_cli.model import Observation, Shape
from fusion_cli.source.analyse import HostClass
from fusion_cli.source.tree import code, enclosing, reads, stores, walk


@dataclass(frozen=True, eq=False)
class HostView:
    """A host as source and as it ran: one flow and one set of scopes for each run."""

    source: HostClass
    observation: Observation
    flows: tuple[Flow, ...]
    scopes: tuple[dict[int, dict[str, int]], ...]

    @cached_property
    def called(self) -> dict[int, set[str | None]]:
        """For every call expression that ran, the submodules it called (None: something else)."""
        found: dict[int, set[str | None]] = {}
        for flow in self.flows:
            for number, value, time in flow.expressions:
                if isinstance(self.source.expressions[number], cst.Call):
                    node = flow.called_by(time)
                    named = node is not None and node.kind == "module" and value in node.outputs
                    found.setdefault(number, set()).add(node.name if node and named else None)
        return found

    def direct_calls(self, path: str) -> list[cst.Call]:
        """The calls in the source that call this submodule and no other, also those that never ran."""
        ran = [number for number, paths in self.called.items() if paths == {path}]
        written = {code(call.func) for call in map(self._call, ran)}
        return [
            one
            for number, one in self.source.expressions.items()
            if isinstance(one, cst.Call)
            and code(one.func) in written
            and self.called.get(number, {path}) == {path}
        ]

    def _call(self, number: int) -> cst.Call:
        return cst.ensure_type(self.source.expressions[number], cst.Call)

    def module(self, path: str) -> dict[str, object]:
        """What is known of a submodule: from the first run that has it."""
        for flow in self.flows:
            if path in flow.modules:
                return dict(flow.modules[path])
        raise KeyError(path)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every submodule that some run called, in order of its first call."""
        order = [
            node.name
            for flow in self.flows
            for node in sorted(flow.nodes, key=lambda one: one.begin)
            if node.kind == "module"
        ]
        return tuple(dict.fromkeys(order))

    @cached_property
    def addressable(self) -> tuple[str, ...]:
        """The submodules whose call the host's own source holds."""
        return tuple(path for path in self.paths if self.address(path) is not None)

    def address(self, path: str) -> Address | None:
        """How the host's source reaches a submodule, or None where it gives no handle."""
        if self.direct_calls(path):
            return Address(path)
        parent, _, name = path.rpartition(".")
        if not parent or not all(
            flow.modules[parent]["sequential"] for flow in self.flows if parent in flow.modules
        ):
            return None
        outer = self.address(parent)
        lengths = [
            flow.modules[parent]["children"] for flow in self.flows if parent in flow.modules
        ]
        indices = {one.index(name) for one in lengths if name in one}
        if outer is None or len(indices) != 1:
            return None
        index = indices.pop()
        last = all(len(one) == index + 1 for one in lengths)
        return Address(outer.root, (*outer.steps, Step(index, last, name)))


@dataclass(frozen=True)
class Step:
    """One item of an `nn.Sequential`; `last` says that nothing follows it in any run."""

    index: int
    last: bool
    name: str


@dataclass(frozen=True)
class Address:
    """A submodule that the host calls itself (`root`), or an item within one."""

    root: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, eq=False)
class Occurrence:
    """One expression that ends the site, and where its input comes from.

    `first` is the call in which the site begins; None where a name holds the input (`name`).
    """

    end: cst.BaseExpression
    first: cst.Call | None
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Site:
    """A place in the host's dataflow.

    `runs` holds its input and output shape in each run of the host, None where it did not run.
    """

    path: str
    kind: Literal["calls", "block", "value"]
    occurrences: tuple[Occurrence, ...]
    runs: tuple[tuple[Shape, Shape] | None, ...]
    mutates: bool = False
    first: str = ""
    last: str = ""
    modules: tuple[str, ...] = ()  # submodules that run within the site and nowhere else
    addition: tuple[int, int] = (0, 0)  # value sites: which addition counted from 0, which operand

    @property
    def is_one_call(self) -> bool:
        return self.kind == "calls" and self.first == self.last


def locate(host: HostView, at: str) -> Site:
    """The site that `--at` names.

    Raises:
        UnknownName: there is no such submodule; the message lists those that exist.
        CannotFuse: the source gives no handle on it.
    """
    if at == "block":
        return block_site(host)
    first, dots, last = at.partition("..")
    for one in (first, last) if dots else (first,):
        _demand(host, one)
    return calls_site(host, first, last if dots else first)


def _demand(host: HostView, path: str) -> None:
    known = ", ".join(host.addressable) or "block"
    if path not in host.paths:
        raise UnknownName(
            f"{host.source.name} has no site `{path}`",
            f"the sites are {known}; `block` is the whole module, `a..b` a span",
        )
    if host.address(path) is None:
        raise CannotFuse(
            f"the source of {host.source.name} gives no handle on `{path}`: "
            "no expression of its own calls it and nothing else",
            f"choose one of {known}",
        )


def block_site(host: HostView) -> Site:
    """The whole module: from the first parameter of `forward` to what it returns."""
    forward = host.source.methods.get("forward")
    if forward is None:
        raise CannotFuse(
            f"{host.source.name} inherits its forward, so its source has no block to rewrite",
            "name a submodule with --at",
        )
    parameters = [*forward.params.posonly_params, *forward.params.params]
    if len(parameters) < 2:
        raise CannotFuse(f"the forward of {host.source.name} takes no tensor that has a name")
    if not all(flow.single for flow in host.flows):
        raise CannotFuse(
            f"{host.source.name} returns more than one tensor, so the block has no single output",
            "name a submodule with --at",
        )
    name = parameters[1].name.value
    ends = [
        node.value
        for node in walk(forward)
        if isinstance(node, cst.Return)
        and node.value is not None
        and enclosing(node, host.source.parents, cst.FunctionDef, cst.Lambda) is forward
    ]
    return Site(
        path="block",
        kind="block",
        occurrences=tuple(Occurrence(end, None, name) for end in ends),
        runs=tuple(
            (flow.shapes[flow.inputs[0]], flow.shapes[flow.outputs[0]]) for flow in host.flows
        ),
        mutates=any(flow.mutates(flow.inputs[0], 0, 1 << 60) for flow in host.flows),
        modules=host.addressable,
    )


def calls_site(host: HostView, first: str, last: str) -> Site:
    """From the input of the first call of `first` to the output of the last call of `last`."""
    spans = [_span(flow, first, last) for flow in host.flows]
    if not any(spans):
        raise CannotFuse(
            f"`{last}` of {host.source.name} does not follow from `{first}` in one path",
            "a span goes from the input of its first call to the output of its last",
        )
    outer = host.address(last)
    inner = host.address(first)
    assert outer is not None and inner is not None
    ends = host.direct_calls(outer.root)
    occurrences = tuple(
        Occurrence(end, end if inner.root == outer.root else _first_of(host, end, inner.root))
        for end in ends
    )
    return Site(
        path=first if first == last else f"{first}..{last}",
        kind="calls",
        occurrences=occurrences,
        runs=tuple(_shapes(flow, span) for flow, span in zip(host.flows, spans, strict=True)),
        mutates=any(
            flow.mutates(span[0].inputs[0], span[0].begin, span[1].end)
            for flow, span in zip(host.flows, spans, strict=True)
            if span
        ),
        first=first,
        last=last,
        modules=_within(host, spans),
    )


def _span(flow: Flow, first: str, last: str) -> tuple[Node, Node] | None:
    """The first call of `first` and the call of `last` that follows from it."""
    for start in flow.calls(first):
        for end in flow.calls(last):
            if end.begin >= start.begin and start.inputs and end.outputs:
                return start, end
    return None


def _shapes(flow: Flow, span: tuple[Node, Node] | None) -> tuple[Shape, Shape] | None:
    if span is None:
        return None
    return flow.shapes[span[0].inputs[0]], flow.shapes[span[1].outputs[0]]


def _within(host: HostView, spans: Sequence[tuple[Node, Node] | None]) -> tuple[str, ...]:
    """The addressable submodules all of whose calls lie within the span."""
    found: dict[str, bool] = {}
    for flow, span in zip(host.flows, spans, strict=True):
        for node in flow.nodes:
            if node.kind == "module":
                inside = (
                    span is not None and span[0].begin <= node.begin and node.end <= span[1].end
                )
                found[node.name] = found.get(node.name, True) and inside
    return tuple(path for path in host.addressable if found.get(path))


def _first_of(host: HostView, end: cst.Call, root: str) -> cst.Call:
    """The call of `root` in which the span that `end` ends begins."""
    inside = [one for one in walk(end) if one in set(host.direct_calls(root))]
    if inside:
        return cst.ensure_type(inside[-1], cst.Call)
    function = enclosing(end, host.source.parents, cst.FunctionDef)
    before = [
        one
        for one in host.direct_calls(root)
        if enclosing(one, host.source.parents, cst.FunctionDef) is function
        and host.source.numbers[one] < host.source.numbers[end]
    ]
    if not before:
        raise CannotFuse(
            f"`{root}` and the end of the span are called in different methods of {host.source.name}",
            "choose a span whose two ends are called in one method",
        )
    return before[-1]


def main_path_site(host: HostView) -> Site:
    """What the last addition adds to the shortcut; the block where no run adds to a shortcut."""
    for flow in host.flows:
        path = flow.main_path
        if path.addition is not None:
            return _ending_in_call(host, flow, path) or _ending_in_value(host, flow, path)
    return block_site(host)


def _end_expressions(host: HostView, flow: Flow, path: MainPath) -> list[tuple[int, int]]:
    """The expressions that made the main path's value before it was added, with their moments."""
    assert path.addition is not None
    return [
        (number, time)
        for number, value, time in flow.expressions
        if value == path.end
        and time < path.addition.begin
        and isinstance(host.source.expressions[number], cst.Call | cst.BinaryOperation)
    ]


def _starting_call(flow: Flow, path: MainPath) -> Node | None:
    """The root-level call that first takes the main path away from the shortcut."""
    own = flow.slice(path.end) - flow.slice(path.start)
    for node in flow.root:
        if path.start in node.inputs and set(node.outputs) & own:
            return node if node.kind == "module" else None
    return None


def _ending_in_call(host: HostView, flow: Flow, path: MainPath) -> Site | None:
    made = _end_expressions(host, flow, path)
    start = _starting_call(flow, path)
    node = flow.called_by(made[-1][1]) if made else None
    if start is None or node is None or node.kind != "module":
        return None
    if not (host.direct_calls(start.name) and host.direct_calls(node.name)):
        return None
    return calls_site(host, start.name, node.name)


def _ending_in_value(host: HostView, flow: Flow, path: MainPath) -> Site:
    """A main path whose end is an operator: the site ends with that expression."""
    made = [
        _end_expressions(host, one, one.main_path) for one in host.flows if one.main_path.addition
    ]
    numbers = sorted({one[-1][0] for one in made if one})
    if not numbers:
        raise CannotFuse(
            f"the main path of {host.source.name} ends where its source gives no handle",
            "name a site with --at",
        )
    ends = [host.source.expressions[number] for number in numbers]
    assert path.addition is not None
    additions = [node for node in flow.root if flow._adds(node)]
    return Site(
        path="main_path",
        kind="value",
        occurrences=tuple(_named(host, flow, path, end) for end in ends),
        runs=tuple(_path_shapes(one) for one in host.flows),
        mutates=any(
            one.mutates(one.main_path.start, 0, one.main_path.addition.begin)
            for one in host.flows
            if one.main_path.addition
        ),
        addition=(additions.index(path.addition), path.operand),
        modules=_on_path(host),
    )


def _path_shapes(flow: Flow) -> tuple[Shape, Shape] | None:
    path = flow.main_path
    return (flow.shapes[path.start], flow.shapes[path.end]) if path.addition else None


def _on_path(host: HostView) -> tuple[str, ...]:
    found: set[str] = set()
    for flow in host.flows:
        path = flow.main_path
        own = flow.slice(path.end) - flow.slice(path.start)
        found |= {node.name for node in flow.made_by(own) if node.kind == "module"}
    return tuple(path for path in host.addressable if path in found)


def _named(host: HostView, flow: Flow, path: MainPath, end: cst.BaseExpression) -> Occurrence:
    """Find a name that still holds the start of the main path where it ends, else its first call."""
    start = _starting_call(flow, path)
    if start is not None and host.direct_calls(start.name):
        function = enclosing(end, host.source.parents, cst.FunctionDef)
        for call in host.direct_calls(start.name):
            if enclosing(call, host.source.parents, cst.FunctionDef) is function:
                return Occurrence(end, call)
    holders = [
        host.source.expressions[number]
        for number, value, _ in flow.expressions
        if value == path.start and isinstance(host.source.expressions[number], cst.Name)
    ]
    function = enclosing(end, host.source.parents, cst.FunctionDef)
    for name in (cst.ensure_type(one, cst.Name) for one in holders):
        if enclosing(name, host.source.parents, cst.FunctionDef) is function:
            return Occurrence(end, None, name.value)
    raise CannotFuse(
        f"no name in {host.source.name} holds the input of its main path where the path ends",
        "name a site with --at",
    )


def convolution_sites(host: HostView) -> list[Site]:
    """The convolutions on the main path (else whatever has weights there), in order."""
    flow = next((one for one in host.flows if one.main_path.addition), host.flows[0])
    path = flow.main_path
    own = flow.slice(path.end) - (flow.slice(path.start) if path.addition else set())
    nodes = sorted(flow.made_by(own), key=lambda node: node.begin)
    names = [item for node in nodes if node.kind == "module" for item in _items(flow, node.name)]
    ordered = [name for name in dict.fromkeys(names) if host.address(name) is not None]
    chosen = [name for name in ordered if flow.modules[name]["convolution"]]
    return [
        calls_site(host, name, name)
        for name in chosen or [name for name in ordered if flow.modules[name]["work"]]
    ]


def _items(flow: Flow, path: str) -> list[str]:
    """A submodule, or the items of a container in its place."""
    if not flow.modules[path]["sequential"]:
        return [path]
    children = flow.modules[path]["children"]
    return [item for child in children for item in _items(flow, f"{path}.{child}")]


def overwritten(host: HostClass, name: str, start: cst.CSTNode, end: cst.CSTNode) -> bool:
    """Whether `name` may be bound anew between two places of one method (the whole loop counts)."""
    function = enclosing(end, host.parents, cst.FunctionDef)
    assert function is not None
    order = {node: index for index, node in enumerate(walk(function))}
    first = order[_line(host, start)] if start is not function else 0
    last = order[_line(host, end)]
    loop = enclosing(end, host.parents, cst.For, cst.While)
    if loop is not None and loop in order:
        inside = [node for node in walk(loop)]
        first, last = min(first, order[loop]), max(last, order[inside[-1]])
    return any(
        name in stores(node)
        for node, index in order.items()
        if first <= index < last and isinstance(node, cst.SimpleStatementLine | cst.For | cst.With)
    )


def _line(host: HostClass, node: cst.CSTNode) -> cst.CSTNode:
    found = enclosing(node, host.parents, cst.SimpleStatementLine, cst.BaseCompoundStatement)
    return found if found is not None else node


def used_names(node: cst.CSTNode) -> set[str]:
    """The names that are read beneath a node."""
    return {one.value for one in reads(node)}
