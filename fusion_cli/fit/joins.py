"""Sites that are operators: where the host adds two tensors of one shape, or concatenates them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import libcst as cst

from fusion_cli.fit.sites import Occurrence, Site
from fusion_cli.model.basics import arguments_text, with_arguments
from fusion_cli.model.errors import CannotFuse, UnknownName
from fusion_cli.model.flow import Flow, Node
from fusion_cli.model.observation import Run
from fusion_cli.study.views import HostView
from fusion_cli.syntax.operands import operands


def join_sites(host: HostView) -> list[Callable[[], Site]]:
    """The joins on the way to the output, the likeliest first, each as what makes its site.

    Additions come before concatenations, and of either the last that runs is first.

    Raises:
        CannotFuse: there is none.
    """
    named = _named(host)
    if not named:
        args = arguments_text(host.observation.base.args)
        raise CannotFuse(
            f"{host.source.name}({args}) neither adds nor concatenates two tensors by itself",
            "give arguments with which it does (--host-args), or name a join of what it contains: "
            '--at "m.*.add"',
        )
    additions = [path for path in named if path.startswith("add")]
    others = [path for path in named if path not in additions]
    ordered = (*reversed(additions), *reversed(others))
    return [partial(_site, host, path, named[path]) for path in ordered]


def locate_join(host: HostView, at: str) -> Site:
    """The join that `--at` names: `add`, `cat`, or `add.0`, `add.1` where there are several.

    Raises:
        UnknownName: there is no such join; the message lists those that exist.
        CannotFuse: the source gives no handle on it.
    """
    named = _named(host)
    if at not in named:
        raise UnknownName(
            f"{host.source.name} has no addition or concatenation `{at}`",
            f"it has: {', '.join(named) or 'none'}",
        )
    return _site(host, at, named[at])


def _named(host: HostView) -> dict[str, Node]:
    """The joins of the base run by name, in the order in which they ran."""
    flow = host.flows[0]
    to_output = set().union(*map(flow.slice, flow.outputs))
    joins = [node for node in flow.root if flow.joins(node) and set(node.outputs) & to_output]
    kinds = ["add" if flow.adds(join) else "cat" for join in joins]
    count = Counter(kinds)
    names = [
        kind if count[kind] == 1 else f"{kind}.{kinds[:place].count(kind)}"
        for place, kind in enumerate(kinds)
    ]
    return dict(zip(names, joins, strict=True))


def _site(host: HostView, path: str, node: Node) -> Site:
    """The site of a join of the base run, found again in the other runs."""
    maker = host.flows[0].maker_of(node, host.landmarks)
    nodes = [flow.making(maker) for flow in host.flows]
    ran = [(flow, node) for flow, node in zip(host.flows, nodes, strict=True) if node]
    found = dict.fromkeys(
        expression for flow, join in ran for expression in _expressions(host, flow, join)
    )
    if not found or not all(_has_handle(host, expression, path) for expression in found):
        raise CannotFuse(
            f"the source of {host.source.name} gives no handle on `{path}`: "
            "its two operands are not written out, or nothing takes its result",
            "a join is written `a + b`, `a += b`, `torch.add(a, b)` or `torch.cat([a, b], 1)`",
        )
    for flow, join, run in zip(host.flows, nodes, host.runs, strict=True):
        if join is not None:
            _demand_two_alike(host, path, flow, join, run)
            _demand_once(host, path, flow, found)
    return Site(
        path=path,
        kind="join",
        occurrences=tuple(Occurrence(expression, None) for expression in found),
        runs=tuple(
            (flow.shapes[node.inputs[0]], flow.shapes[node.outputs[0]]) if node else None
            for flow, node in zip(host.flows, nodes, strict=True)
        ),
        maker=maker,
        spans=tuple((node.inputs, node.outputs[0]) if node else None for node in nodes),
    )


def _demand_two_alike(host: HostView, path: str, flow: Flow, join: Node, run: Run) -> None:
    """Refuse a join of another number of tensors than two, or of two that differ in shape."""
    if len(join.inputs) != 2:
        raise CannotFuse(
            f"{with_arguments(run.args)} `{path}` of {host.source.name} joins no two tensors",
            "a donor of two inputs needs both; choose another site with --at",
        )
    shapes = {flow.shapes[value] for value in join.inputs}
    if len(shapes) > 1:
        text = " and ".join("×".join(map(str, shape)) for shape in sorted(shapes))
        raise CannotFuse(
            f"`{path}` of {host.source.name} joins tensors of different shapes: {text}",
            "a donor of two inputs takes two of one shape; choose another site with --at",
        )


def _demand_once(host: HostView, path: str, flow: Flow, found: Iterable[cst.CSTNode]) -> None:
    """Refuse a join whose expressions run several times: a donor would stand for all of them."""
    if sum(_times_run(host, flow, expression) for expression in found) > 1:
        raise CannotFuse(
            f"`{path}` of {host.source.name} runs several times in one forward",
            "choose another site with --at",
        )


def _expressions(
    host: HostView, flow: Flow, join: Node
) -> Iterator[cst.BaseExpression | cst.AugAssign]:
    """The expression that a join is, or the statement `a += b`."""
    for number, _, time in flow.expressions:
        node = host.source.expressions[number]
        if flow.called_by(time) is join and isinstance(node, cst.Call | cst.BinaryOperation):
            yield node
        parent = host.source.parents.get(node)
        if time == join.begin - 1 and isinstance(parent, cst.AugAssign):
            yield parent


def _has_handle(host: HostView, node: cst.CSTNode, path: str) -> bool:
    """Whether its operands are written out, and something takes its result.

    Nothing does of `a.add_(b)` as a statement, which changes `a` itself.
    """
    parts = operands(node)
    if parts is None or isinstance(host.source.parents.get(node), cst.Expr):
        return False
    return isinstance(parts.whole, cst.Call) == path.startswith("cat")


def _times_run(host: HostView, flow: Flow, node: cst.CSTNode) -> int:
    """How often an expression or augmented assignment ran in one forward."""
    seen = node.value if isinstance(node, cst.AugAssign) else node
    return sum(host.source.expressions[number] is seen for number, _, _ in flow.expressions)
