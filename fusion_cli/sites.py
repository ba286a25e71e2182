"""Sites: places in the host's dataflow, found in the record of its runs and located in its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import libcst as cst

from fusion_cli.errors import CannotFuse, UnknownName
from fusion_cli.flow import Flow, Maker, Node
from fusion_cli.model import Observation, Shape, with_arguments
from fusion_cli.source.analyse import HostClass
from fusion_cli.source.held import enumerations
from fusion_cli.source.tree import code, enclosing, looped, walk

Span = tuple[tuple[int, ...], int]  # the values that a site is given, and the one it gives


@dataclass(frozen=True, eq=False)
class HostView:
    """A host as source and as it ran: one flow and one set of scopes for each run.

    `attributes` are the names that an instance has, those of `nn.Module` among them.
    """

    source: HostClass
    observation: Observation
    flows: tuple[Flow, ...]
    scopes: tuple[dict[int, dict[str, int]], ...]
    attributes: frozenset[str]
    conditions: tuple[dict[int, bool | str], ...] = ()  # `--when` at each statement, or its error
    accepted: frozenset[str] = frozenset()  # what its constructor and those of its bases take

    @cached_property
    def called(self) -> dict[int, set[str | None]]:
        """For every call expression that ran, the submodules it called (None: something else)."""
        found: dict[int, set[str | None]] = {}
        for flow in self.flows:
            for number, value, time in flow.expressions:
                if number in self.source.functions:
                    node = flow.called_by(time)
                    named = node is not None and node.kind == "module" and value in node.outputs
                    found.setdefault(number, set()).add(node.name if node and named else None)
        return found

    def direct_calls(self, path: str) -> list[cst.Call]:
        """The calls in the source that call this submodule and no other, also those that never ran.

        There are none if something else calls it too, as a method does that is handed the submodule.
        """
        functions = self.source.functions
        if any(path in paths and paths != {path} for paths in self.called.values()):
            return []
        written = {functions[number] for number, paths in self.called.items() if paths == {path}}
        return [
            cst.ensure_type(self.source.expressions[number], cst.Call)
            for number, function in functions.items()
            if function in written
            and self.called.get(number, {path}) == {path}
            and not self._in_turn(self.source.expressions[number])
        ]

    def spelled(self, path: str) -> str:
        """What stands behind `self.` for a submodule: `layers[1]`, `ops["a"]`, `stem.conv`."""
        parent, _, name = path.rpartition(".")
        if not parent:
            return name
        holders = [flow.modules[parent].cls for flow in self.flows if parent in flow.modules]
        if "ModuleDict" in holders:
            return f'{self.spelled(parent)}["{name}"]'
        return self.spelled(parent) + (f"[{name}]" if name.isdigit() else f".{name}")

    def _in_turn(self, call: cst.BaseExpression) -> bool:
        """Whether a loop says what a call calls: one submodule in these runs, more in others."""
        function = cst.ensure_type(call, cst.Call).func
        while isinstance(function, cst.Attribute | cst.Subscript):
            function = function.value
        return code(function) in looped(call, self.source.parents)

    @cached_property
    def enumerations(self) -> list[cst.BaseExpression]:
        """The expressions that give all that the host holds, where it runs what it holds in turn."""
        return enumerations(self.source, "__iter__" in self.attributes)

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
    def landmarks(self) -> frozenset[str]:
        """The submodules that are called once in every run."""
        counts = [
            Counter(one.name for one in flow.nodes if one.kind == "module") for flow in self.flows
        ]
        return frozenset(path for path in self.paths if all(one[path] == 1 for one in counts))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters and buffers that the host itself holds, not a submodule."""
        names = [name for flow in self.flows for name in flow.constants.values()]
        return tuple(dict.fromkeys(name for name in names if "." not in name))

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
            flow.modules[parent].sequential for flow in self.flows if parent in flow.modules
        ):
            return None
        outer = self.address(parent)
        lengths = [flow.modules[parent].children for flow in self.flows if parent in flow.modules]
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

    end: cst.BaseExpression | cst.AugAssign
    first: cst.Call | None
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Site:
    """A place in the host's dataflow.

    `runs` holds its input and output shape in each run of the host, None where it did not run.
    """

    path: str
    kind: Literal["calls", "block", "value", "join"]
    occurrences: tuple[Occurrence, ...]
    runs: tuple[tuple[Shape, Shape] | None, ...]
    mutates: bool = False
    first: str = ""
    last: str = ""
    modules: tuple[str, ...] = ()  # submodules and parameters used within the site and nowhere else
    maker: Maker | None = None  # what makes the value that a value site ends with; a join itself
    spans: tuple[Span | None, ...] = ()  # of sites with a maker: where they start and end, by run
    stays: bool = True  # whether the fused class holds its modules

    @property
    def inputs(self) -> int:
        """How many tensors the site is given."""
        return 2 if self.kind == "join" else 1

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


def exchanged(host: HostView, path: str) -> bool:
    """Whether a submodule without a call of its own is declared by name: another can take its place."""
    return (
        path in host.paths and host.address(path) is None and bool(host.source.declarations(path))
    )


def declared_site(host: HostView, path: str) -> Site:
    """A submodule that is reached by its declaration alone: no call of it is written anew."""
    spans = [_span(flow, path, path) for flow in host.flows]
    return Site(
        path=path,
        kind="calls",
        occurrences=(),
        runs=tuple(_shapes(flow, span) for flow, span in zip(host.flows, spans, strict=True)),
        first=path,
        last=path,
        modules=(path,),
    )


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
    name = parameter_of(host, forward)
    if not all(flow.single for flow in host.flows):
        raise CannotFuse(
            f"{host.source.name} returns more than one tensor, so the block has no single output",
            "name a submodule with --at",
        )
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
        modules=tuple(
            dict.fromkeys(path.split(".")[0] for path in (*host.paths, *host.parameters))
        ),
    )


def parameter_of(host: HostView, forward: cst.FunctionDef) -> str:
    """The name under which `forward` takes its first tensor."""
    parameters = [*forward.params.posonly_params, *forward.params.params]
    if len(parameters) < 2:
        raise CannotFuse(f"the forward of {host.source.name} takes no tensor that has a name")
    return parameters[1].name.value


def calls_site(host: HostView, first: str, last: str) -> Site:
    """From the input of the first call of `first` to the output of the last call of `last`."""
    spans = [_span(flow, first, last) for flow in host.flows]
    if not any(spans):
        raise CannotFuse(
            f"`{last}` of {host.source.name} does not follow from `{first}` in one path",
            "a span goes from the input of its first call to the output of its last",
        )
    for flow, span, run in zip(host.flows, spans, host.observation.runs, strict=True):
        if span is None and flow.calls(last):
            raise CannotFuse(
                f"{with_arguments(run.args)} `{last}` of {host.source.name} runs and `{first}` does not",
                "choose a span whose two ends run together",
            )
    rewritten = [_spans(flow, first, last) for flow in host.flows]
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
            flow.mutates(start.inputs[0], start.begin, end.end)
            for flow, each in zip(host.flows, rewritten, strict=True)
            for start, end in each
        ),
        first=first,
        last=last,
        modules=_within(host, rewritten),
    )


def _span(flow: Flow, first: str, last: str) -> tuple[Node, Node] | None:
    """The first call of `first` and the call of `last` that follows from it."""
    for start in flow.calls(first):
        for end in flow.calls(last):
            if end.begin >= start.begin and start.inputs and end.outputs:
                return start, end
    return None


def _spans(flow: Flow, first: str, last: str) -> list[tuple[Node, Node]]:
    """Every call of `last`, from the nearest call of `first` on."""
    found = []
    for end in flow.calls(last):
        starts = [one for one in flow.calls(first) if one.begin <= end.begin and one.inputs]
        if starts and end.outputs:
            found.append((starts[-1], end))
    return found


def _shapes(flow: Flow, span: tuple[Node, Node] | None) -> tuple[Shape, Shape] | None:
    if span is None:
        return None
    return flow.shapes[span[0].inputs[0]], flow.shapes[span[1].outputs[0]]


def _within(host: HostView, spans: Sequence[Sequence[tuple[Node, Node]]]) -> tuple[str, ...]:
    """The addressable submodules and the host's own parameters that only the spans of a run use."""
    found: dict[str, bool] = {}
    for flow, each in zip(host.flows, spans, strict=True):
        for node in flow.nodes:
            inside = any(start.begin <= node.begin and node.end <= end.end for start, end in each)
            read = {flow.constants[value] for value in node.inputs if value in flow.constants}
            for name in {node.name} if node.kind == "module" else read:
                found[name] = found.get(name, True) and inside
    return tuple(name for name in (*host.addressable, *host.parameters) if found.get(name))


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
