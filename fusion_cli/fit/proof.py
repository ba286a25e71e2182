"""Numbers as expressions of the host's constructor, believed only where every run bears them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

import libcst as cst

from fusion_cli.fit.anchors import anchors
from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.flow import CONCATENATIONS, WIDTHS, Flow, Node
from fusion_cli.study.analyse import declared_attributes as declarations_in
from fusion_cli.study.candidates import own_expressions
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import walk

Rows = Sequence[
    tuple[Mapping[str, int], int]
]  # run by run: what expressions gave, and what is wanted

_PART = r"self(?:\.\w+|\[\d+\])"  # how an expression that reaches a layer begins


def prove(host: HostView, site: Site, wanted: Sequence[int | None], role: str) -> str:
    """An expression of the constructor that gave `wanted` in every run in which the site ran.

    Of several the one is taken that the site's own declaration has in that role: the first
    argument of its first part for what goes in, the second of its last part for what comes out.

    Raises:
        CannotFuse: none that was tried did.
    """
    scopes = scopes_at(host, site)
    own = _own(host, site, role)
    if role == "stride":
        scopes = [{**scope, **_pairs(scope)} for scope in scopes]
    known = list(dict.fromkeys(text for scope in scopes for text in scope))
    fixed = {number for number in wanted if number is not None}

    def holds(value: Callable[[Mapping[str, int]], int | None]) -> bool:
        return all(
            want is None or value(scope) == want for scope, want in zip(scopes, wanted, strict=True)
        )

    found = [text for text in known if holds(lambda scope, text=text: scope.get(text))]  # type: ignore[misc]
    order = {text: index for index, text in enumerate(own)}
    if found:
        far = "[0]" if role == "out" else "[-1]"
        return min(
            found, key=lambda text: (order.get(text, len(own)), text.endswith(far), len(text))
        )
    if len(fixed) == 1:
        return str(fixed.pop())
    likely = sorted(known, key=lambda text: order.get(text, len(own)))
    composed = (
        _composed(likely, scopes, wanted)
        or _told(host, site, wanted, role)
        or _joined(host, site, wanted, role)
        or _multiplied(likely, scopes, wanted)
    )
    if composed is None:
        raise CannotFuse(
            f"no expression in the constructor of {host.source.name} gives the number that "
            f"`{site.path}` needs ({spread(wanted)})",
            "give the host an argument that tells it with --host-args, or the donor's with --donor-args",
        )
    return composed


def _pairs(scope: Mapping[str, int]) -> dict[str, int]:
    """The pairs that hold one number twice, which a stride may be."""
    return {
        text.removesuffix("[0]"): value
        for text, value in scope.items()
        if text.endswith("[0]") and scope.get(f"{text.removesuffix('[0]')}[-1]") == value
    }


def _own(host: HostView, site: Site, role: str) -> list[str]:
    """The arguments of the site's own declarations, the likeliest for a role first."""
    parts = [one for one in (site.first, site.last) if one]
    if not parts:
        name = host.observation.roles.get(role)
        return [name] if name else []
    texts = own_expressions(host.source, parts if role == "in" else parts[::-1])
    return [*texts[1:2], *texts[:1], *texts[2:]] if role == "out" else texts


def _composed(
    known: Sequence[str], scopes: Sequence[Mapping[str, int]], wanted: Sequence[int | None]
) -> str | None:
    """A multiple, a part or a sum of known expressions that gives `wanted` in every run."""
    rows = [(scope, want) for scope, want in zip(scopes, wanted, strict=True) if want is not None]
    simple = [text for text in known if all(text in scope for scope, _ in rows)]
    for text in simple:
        ratios = {
            Fraction(want, scope[text]) if scope[text] else Fraction(0) for scope, want in rows
        }
        if len(ratios) == 1:
            ratio = ratios.pop()
            name = text if re.fullmatch(r"[\w.]+(\[-?\d+\])?", text) else f"({text})"
            if ratio.denominator == 1 and ratio > 0:
                return f"{ratio.numerator} * {name}"
            if ratio.numerator == 1:
                return f"{name} // {ratio.denominator}"
    for index, one in enumerate(simple):
        for other in simple[index + 1 :]:
            if _are_apart(one, other, rows) and all(
                scope[one] + scope[other] == want for scope, want in rows
            ):
                return f"{one} + {other}"
    for text in simple:
        more = {want - scope[text] for scope, want in rows}
        if len(more) == 1 and (number := more.pop()) > 0:
            return f"{text} + {number}"  # a concatenation with branches of a fixed width
    return None


def _are_apart(text: str, other: str, rows: Rows) -> bool:
    """Whether two expressions were varied, each without the other."""
    pairs = {(scope[text], scope[other]) for scope, _ in rows}
    alone = all(len({pair[place] for pair in pairs}) > 1 for place in (0, 1))
    return alone and len({Fraction(*pair) if pair[1] else None for pair in pairs}) > 1


def _multiplied(
    known: Sequence[str], scopes: Sequence[Mapping[str, int]], wanted: Sequence[int | None]
) -> str | None:
    """A product, perhaps with something before it: a block of `layers` that each add `growth`."""
    rows = [(scope, want) for scope, want in zip(scopes, wanted, strict=True) if want is not None]
    plain = [text for text in known if text.isidentifier() and all(text in s for s, _ in rows)]
    pairs = [pair for pair in combinations(plain, 2) if _are_apart(*pair, rows)]
    for one, other in pairs:
        left = [want - scope[one] * scope[other] for scope, want in rows]
        if not any(left):
            return f"{one} * {other}"
        for text in plain:
            if left == [scope[text] for scope, _ in rows]:
                return f"{text} + {one} * {other}"
    return None


def _joined(host: HostView, site: Site, wanted: Sequence[int | None], role: str) -> str | None:
    """The sum of what a concatenation before this end of the site joins, each part by itself."""
    joins = [
        _join(flow, _end(flow, site, place, role)) if want is not None else None
        for place, (flow, want) in enumerate(zip(host.flows, wanted, strict=True))
    ]
    ran = [(flow, join) for flow, join in zip(host.flows, joins, strict=True) if join]
    counts = {len(flow.inputs) for _, flow in ran}
    if len(ran) != sum(want is not None for want in wanted) or len(counts) != 1:
        return None
    texts = []
    for place in range(counts.pop()):
        widths = [
            None if join is None else flow.shapes[join.inputs[place]][_axis(flow, join)]
            for flow, join in zip(host.flows, joins, strict=True)
        ]
        makers = [flow.producer(one.inputs[place]) for flow, one in ran]
        texts.append(_part(host, site, widths, {maker.name for maker in makers if maker}))
    return None if None in texts else " + ".join(text for text in texts if text)


def _part(
    host: HostView, site: Site, wanted: Sequence[int | None], makers: Collection[str]
) -> str | None:
    """The width of one operand: an expression that has it, or what a layer that made it says."""
    scopes = scopes_at(host, site)
    for text in dict.fromkeys(text for scope in scopes for text in scope):
        if _agree([scope.get(text) for scope in scopes], wanted):
            return text
    layers = dict.fromkeys(text for flow in host.flows for text in flow.widths)
    near = [
        layer for layer in layers if _is_within(layer, makers) and _root(layer) in _held(host, site)
    ]
    return _asked(host, near[::-1], wanted, "out")


def _is_within(layer: str, paths: Collection[str]) -> bool:
    """Whether `self.a.conv` lies in a submodule of these: `a`."""
    path = re.sub(r"\[(\d+)\]", r".\1", layer).removeprefix("self").lstrip(".")
    return any(path == one or path.startswith(f"{one}.") for one in paths)


def _join(flow: Flow, value: int | None) -> Node | None:
    """The concatenation that made a value, looking through what takes one tensor and keeps its shape."""
    while value is not None:
        node = flow.producer(value)
        if node is None or (node.kind == "op" and node.name in CONCATENATIONS):
            return node
        shape = flow.shapes[value]
        kept = [input for input in node.inputs if flow.shapes[input] == shape]
        value = kept[0] if len(kept) == 1 else None
    return None


def _axis(flow: Flow, join: Node) -> int:
    """Along which axis a concatenation joins."""
    parts, made = [flow.shapes[input] for input in join.inputs], flow.shapes[join.outputs[0]]
    return next(axis for axis, whole in enumerate(made) if sum(p[axis] for p in parts) == whole)


def _end(flow: Flow, site: Site, place: int, role: str) -> int | None:
    """The value that a site is given in one run, or that it gives."""
    inward = role == "in"
    if site.kind == "block":
        return flow.inputs[0] if inward else flow.outputs[0]
    if site.kind == "calls":
        calls = flow.calls(site.first if inward else site.last)
        return (calls[0].inputs if inward else calls[-1].outputs)[0] if calls else None
    span = site.spans[place]
    return None if span is None else span[0][0] if inward else span[1]


def _told(host: HostView, site: Site, wanted: Sequence[int | None], role: str) -> str | None:
    """What a layer of the site, which the host holds by then, tells of itself: `self.conv.out_channels`.

    The layers that run first are asked for what goes in, the last for what comes out.
    """
    held = {_text(part) for part in _parts(site)} if site.stays else set()
    layers = list(dict.fromkeys(text for flow in host.flows for text in flow.widths))
    asked = [layer for layer in layers if layer == "self" or _root(layer) in held]
    return _asked(host, asked[::-1] if role == "out" else asked, wanted, role)


def _asked(
    host: HostView, layers: Sequence[str], wanted: Sequence[int | None], role: str
) -> str | None:
    """The first of these layers that has the number wanted, and what it calls that."""
    sides = ("in_", "num", "out") if role != "out" else ("out", "num", "in_")
    for name, layer in product(sorted(WIDTHS, key=lambda width: sides.index(width[:3])), layers):
        if _agree([flow.widths.get(layer, {}).get(name) for flow in host.flows], wanted):
            return f"{layer}.{name}"
    return None


def _agree(values: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    return all(want is None or value == want for value, want in zip(values, wanted, strict=True))


def _root(layer: str) -> str:
    """The part of the host that a layer lies in: `self.a` of `self.a.conv`."""
    return next(iter(re.findall(_PART, layer)), layer)


def _text(part: str) -> str:
    return f"self[{part}]" if part.isdigit() else f"self.{part}"


def _parts(site: Site) -> list[str]:
    """The host's own parts that the site runs."""
    return [module.split(".")[0] for module in (site.first, site.last, *site.modules) if module]


def _held(host: HostView, site: Site) -> set[str]:
    """The host's own parts, as expressions, that stay and are there where the donors are declared_attributes."""
    _, last = anchors(host, site)
    init = host.source.methods["__init__"]
    before = list(init.body.body)[: list(init.body.body).index(last) + 1]
    declared = {
        name
        for part in before
        for line in walk(part)
        if isinstance(line, cst.SimpleStatementLine)
        for name in declarations_in(line)
    }
    gone = set() if site.stays else set(_parts(site))
    return {_text(name) for name in declared - gone}


def scopes_at(host: HostView, site: Site) -> list[Mapping[str, int]]:
    """What the candidate expressions gave, run by run, where the donors will be declared_attributes."""
    number = anchor(host, site)
    return [scope.get(number, {}) for scope in host.scopes]


def anchor(host: HostView, site: Site) -> int:
    """The number of the statement behind which the donors will be declared_attributes."""
    _, last = anchors(host, site)
    return next(key for key, line in host.source.scopes.items() if line is last)


def spread(values: Sequence[int | None]) -> str:
    """The different numbers among some, for a message: `32/64`."""
    return "/".join(str(one) for one in sorted({value for value in values if value is not None}))
