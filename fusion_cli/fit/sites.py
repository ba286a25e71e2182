"""Sites: places in the host's dataflow, found in the record of its runs and located in its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from fusion_cli.model.basics import Shape, with_arguments
from fusion_cli.model.errors import CannotFuse, UnknownName
from fusion_cli.model.flow import Flow, Maker, Node
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import (
    enclosing,
    walk,
)

Span = tuple[tuple[int, ...], int]  # the values that a site is given, and the one it gives


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
    for end in (first, last) if dots else (first,):
        _demand(host, end)
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
    for flow, span, run in zip(host.flows, spans, host.runs, strict=True):
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
        starts = [call for call in flow.calls(first) if call.begin <= end.begin and call.inputs]
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
    inside = [node for node in walk(end) if node in set(host.direct_calls(root))]
    if inside:
        return cst.ensure_type(inside[-1], cst.Call)
    function = enclosing(end, host.source.parents, cst.FunctionDef)
    before = [
        direct_call
        for direct_call in host.direct_calls(root)
        if enclosing(direct_call, host.source.parents, cst.FunctionDef) is function
        and host.source.numbers[direct_call] < host.source.numbers[end]
    ]
    if not before:
        raise CannotFuse(
            f"`{root}` and the end of the span are called in different methods of {host.source.name}",
            "choose a span whose two ends are called in one method",
        )
    return before[-1]
