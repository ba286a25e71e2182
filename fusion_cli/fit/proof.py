"""Numbers as expressions of the host's constructor, believed only where every run bears them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product

from fusion_cli.fit.anchors import anchors
from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.flow import WIDTHS
from fusion_cli.study.candidates import own_expressions
from fusion_cli.study.views import HostView

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
    fixed = {one for one in wanted if one is not None}

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
    composed = _composed(likely, scopes, wanted) or _told(host, site, wanted, role)
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
            if all(scope[one] + scope[other] == want for scope, want in rows):
                return f"{one} + {other}"
    for text in simple:
        more = {want - scope[text] for scope, want in rows}
        if len(more) == 1 and (number := more.pop()) > 0:
            return f"{text} + {number}"  # a concatenation with branches of a fixed width
    return None


def _told(host: HostView, site: Site, wanted: Sequence[int | None], role: str) -> str | None:
    """What a layer of the site, which the host holds by then, tells of itself: `self.conv.out_channels`.

    The layers that run first are asked for what goes in, the last for what comes out.
    """
    held = _held(site)
    layers = list(dict.fromkeys(text for flow in host.flows for text in flow.widths))
    sides = ("in_", "num", "out")
    if role == "out":
        layers, sides = layers[::-1], sides[::-1]
    asked = [one for one in layers if one == "self" or re.findall(_PART, one)[0] in held]
    for name, layer in product(sorted(WIDTHS, key=lambda one: sides.index(one[:3])), asked):
        told = [flow.widths.get(layer, {}).get(name) for flow in host.flows]
        if all(want is None or one == want for one, want in zip(told, wanted, strict=True)):
            return f"{layer}.{name}"
    return None


def _held(site: Site) -> set[str]:
    """The host's own parts that the site runs, as expressions, where they stay."""
    parts = [one.split(".")[0] for one in (site.first, site.last, *site.modules) if one]
    return {f"self[{one}]" if one.isdigit() else f"self.{one}" for one in parts if site.stays}


def scopes_at(host: HostView, site: Site) -> list[Mapping[str, int]]:
    """What the candidate expressions gave, run by run, where the donors will be declared."""
    number = anchor(host, site)
    return [scope.get(number, {}) for scope in host.scopes]


def anchor(host: HostView, site: Site) -> int:
    """The number of the statement behind which the donors will be declared."""
    _, last = anchors(host, site)
    return next(key for key, line in host.source.scopes.items() if line is last)


def spread(values: Sequence[int | None]) -> str:
    """The different numbers among some, for a message: `32/64`."""
    return "/".join(str(one) for one in sorted({one for one in values if one is not None}))
