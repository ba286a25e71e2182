"""Put a donor in the place of layers of torch that the host calls through a list.

No call of theirs is the host's own, and their class has no source to write anew. So the donor is
fitted to the layer alone, in the terms of the layer's constructor, and the host's expressions that
build the layer build the donor instead: `nn.Conv2d(dim, dim, 3)` is `AKConv(dim, dim)`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import libcst as cst

from fusion_cli.fit.beyond import keywords_and_guard
from fusion_cli.fit.conditions import active_for
from fusion_cli.fit.contained import Contained
from fusion_cli.fit.exposed import demand_read, exposed, handed_on
from fusion_cli.fit.placing import place
from fusion_cli.fit.plan import Exchange, Fusion, Placement, Plan
from fusion_cli.fit.zero import demand_from_zero
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.placeholders import ARG
from fusion_cli.model.sources import ModuleSource
from fusion_cli.patterns.expand import render_pattern
from fusion_cli.study.inside import Inside, ObserveInside
from fusion_cli.study.views import HostView
from fusion_cli.syntax.precedence import substitute
from fusion_cli.syntax.tree import (
    code,
    expression,
    reads,
    walk,
)

Given = Mapping[str, cst.BaseExpression]  # what a call gives the parameters of the layer


def exchange(fusion: Fusion, part: Contained, observe: ObserveInside) -> Plan:
    """The plan of a host that builds the donor in the place of the layers of `part`.

    Raises:
        CannotFuse: the donor cannot serve the layer, or does not stand in its place alone.
    """
    request, host = fusion.request, fusion.host
    if request.init:
        demand_from_zero(fusion.pattern, part.within)
    exposures = exposed(request.expose, fusion.donors, host)
    fusion = replace(fusion, donors=handed_on(fusion.donors, exposures))
    builds = {call: _bound(call, host.file.name, part) for call in _calls(host, part)}
    handed = _handed(part, list(builds.values()))
    named = {name for name, text in handed.items() if name == text}
    layer = observe(Inside(host, part.path, _layer(host.file, part, named, handed), named))
    placement = _in_its_place(fusion, part, layer)
    demand_read(placement.context, exposures)
    keywords, guard = keywords_and_guard(fusion, placement.context, exposures)
    flags = [guard.flag] if guard else []
    _demand_reach(host, part, builds, [keyword.name for keyword in keywords] or flags)
    template = expression(placement.context.donors[0].new)
    return Plan(
        fusion=fusion,
        placement=placement,
        change=Exchange(part, {call: _filled(template, given) for call, given in builds.items()}),
        active=active_for(host, builds, part.within),
        keywords=keywords,
        exposures=exposures,
        guard=guard,
    )


def _in_its_place(fusion: Fusion, part: Contained, layer: HostView) -> Placement:
    """The donor in the terms of the layer's constructor, at the place of the layers."""
    request = replace(fusion.request, at="block")
    placement = place(replace(fusion, request=request, host=layer))
    donor, *others = placement.context.donors
    call = code(expression(render_pattern(fusion.pattern, placement.context).call))
    if others or call != f"self.{donor.attr}({ARG})":
        raise CannotFuse(
            f"`{part.within}` of {fusion.host.file.name} is torch's own {part.name}, called "
            "through a list: one donor can stand in its place, and nothing else",
            "give one donor, or choose a pattern that keeps the site",
        )
    held = replace(donor, attr=part.within.split(".")[0])
    return replace(
        placement,
        site=replace(placement.site, path=part.within, modules=("",)),
        context=replace(placement.context, donors=(held,)),
    )


def _filled(template: cst.BaseExpression, given: Given) -> cst.BaseExpression:
    """The expression that builds the donor, with what one call gave the layer."""
    return substitute(template, {name: [value] for name, value in given.items()})


def _demand_reach(
    host: HostView, part: Contained, builds: Collection[cst.Call], wanted: Sequence[str]
) -> None:
    """Refuse a keyword where the donor is built in another method than the constructor."""
    init = host.source.methods.get("__init__")
    inside = set(walk(init)) if init else set()
    if wanted and not set(builds) <= inside:
        raise CannotFuse(
            f"{host.file.name} builds `{part.within}` elsewhere than in its constructor, "
            f"which could not hand on {wanted[0]}",
            "leave the option out, or let the constructor build them",
        )


def _calls(host: HostView, part: Contained) -> list[cst.Call]:
    """The calls that build the layers."""
    calls = part.builds(host.source.node)
    if len(calls) < len(part.references):
        raise CannotFuse(
            f"{host.file.name} hands {part.name} on, and what builds `{part.within}` is not its own",
            "choose a pattern that keeps the site, or the class that builds them",
        )
    return calls


def _bound(call: cst.Call, host: str, part: Contained) -> Given:
    """The expressions that a call gives the layer's parameters, by itself or by their defaults."""
    names = [name for name, _ in part.parameters]
    if any(arg.star for arg in call.args):
        raise CannotFuse(
            f"{host} builds `{part.within}` with starred arguments: {code(call)}",
            "choose a pattern that keeps the site",
        )
    defaults = {name: expression(text) for name, text in part.parameters if text is not None}
    positional = [arg.value for arg in call.args if arg.keyword is None]
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    return {**defaults, **dict(zip(names, positional, strict=False)), **named}


def _handed(part: Contained, builds: Sequence[Given]) -> dict[str, str]:
    """What the layer's parameters are given, in the fewest terms that say all of the host's calls.

    What each call gives the same number stays that number; what each gives the same as an earlier
    parameter is that one: `nn.Conv2d(dim, dim, 3)` takes `in_channels` alone.
    """
    handed: dict[str, str] = {}
    known: dict[tuple[str, ...], str] = {}
    for name, _ in part.parameters:
        texts = tuple(code(build[name]) for build in builds)
        constant = len(set(texts)) == 1 and _is_constant(builds[0][name])
        handed[name] = texts[0] if constant else known.setdefault(texts, name)
    return handed


def _is_constant(value: cst.BaseExpression) -> bool:
    """Whether an expression reads no name: `True` and `None` are none to Python, but to libcst."""
    return {name.value for name in reads(value)} <= {"True", "False", "None"}


def _layer(
    host: ModuleSource, part: Contained, own: Collection[str], handed: Mapping[str, str]
) -> ModuleSource:
    """A class that is the layer and takes its `own` parameters, those that the host decides."""
    defaults = dict(part.parameters)
    signature = ", ".join(
        name if defaults[name] is None else f"{name}={defaults[name]}"
        for name, _ in part.parameters
        if name in own
    )
    given = {name: text for name, text in handed.items() if text != defaults[name]}
    text = (
        f"from torch import nn\n\n\nclass {part.name}(nn.{part.name}):\n"
        f"    def __init__(self, {signature}):\n        super().__init__({arguments_text(given)})\n\n"
        "    def forward(self, x):\n        return super().forward(x)\n"
    )
    path = host.path.with_name(f"{part.name}.py")
    return ModuleSource(f"torch.nn:{part.name}", part.name, text, path)
