"""Decide a fusion: study has seen host and donors, and what comes of them is one plan.

Nothing here runs a module. Where a site lies inside what the host contains, the class that holds it
has to be seen too: `observe` answers that.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from fusion_cli.fit.beyond import keywords_and_guard
from fusion_cli.fit.conditions import active, demand_known
from fusion_cli.fit.contained import Contained, contained, within_reach
from fusion_cli.fit.enclosing import enclosure
from fusion_cli.fit.exchanging import exchange
from fusion_cli.fit.exposed import demand_read, exposed, handed_on
from fusion_cli.fit.handles import demand_handles
from fusion_cli.fit.naming import snake
from fusion_cli.fit.placing import place, replaces_by_name
from fusion_cli.fit.plan import AtSite, Fusion, Plan
from fusion_cli.model.errors import CannotConstruct, CannotFuse
from fusion_cli.model.sources import ModuleSource
from fusion_cli.patterns.expand import render_pattern
from fusion_cli.resolve.references import resolve
from fusion_cli.study.inside import Inside, ObserveInside


def fit(fusion: Fusion, observe: ObserveInside) -> Plan:
    """The plan of a fusion, at a site of the host or inside what it contains.

    Raises:
        CannotFuse: no site can take these donors.
        UnknownName: there is no such site.
        UsageError: an option contradicts the host, the donors or another option.
    """
    at, host = fusion.request.at, fusion.host
    by_name = at is not None and replaces_by_name(fusion, at)
    part = None if by_name else contained(host, at)
    if part is not None:
        return _inside(fusion, part, observe)
    try:
        return _at_site(fusion)
    except CannotFuse:
        alone = at is not None or fusion.pattern.at == "join"
        for path in () if alone else within_reach(host):
            with suppress(CannotFuse, CannotConstruct):
                return fit(replace(fusion, request=replace(fusion.request, at=path)), observe)
        raise


def _at_site(fusion: Fusion) -> Plan:
    """The plan for a site of the host itself."""
    request, host = fusion.request, fusion.host
    if request.when:
        demand_known(request.when, host)
    exposures = exposed(request.expose, fusion.donors, host)
    fusion = replace(fusion, donors=handed_on(fusion.donors, exposures))
    placement = place(fusion)
    demand_read(placement.context, exposures)
    rendered = render_pattern(fusion.pattern, placement.context)
    demand_handles(host, placement.site, rendered)
    keywords, guard = keywords_and_guard(fusion, placement.context, exposures)
    return Plan(
        fusion=fusion,
        placement=placement,
        change=AtSite(rendered),
        active=active(host, placement.site),
        keywords=keywords,
        exposures=exposures,
        guard=guard,
    )


def _inside(fusion: Fusion, part: Contained, observe: ObserveInside) -> Plan:
    """The plan for a site inside contained modules: of their class, and of a host that builds it."""
    request = fusion.request
    if request.when:
        demand_known(request.when, fusion.host)
    if part.stand_in and not fusion.pattern.keeps_site:
        return exchange(fusion, part, observe)
    view = observe(Inside(fusion.host, part.path, _source(fusion.host.file, part)))
    flag = f"use_{snake(fusion.donors[0].source.name)}" if request.when else None
    asked = replace(
        request,
        host=view.file.ref,
        at=part.rest,
        host_args=None,
        name=None,
        when=None,  # the host answers the condition for all that it builds
        switch=request.switch or flag,
        drop_dead_args=False,  # the host may hand them over by their places
    )
    return enclosure(fusion, part, fit(replace(fusion, request=asked, host=view), observe))


def _source(host: ModuleSource, part: Contained) -> ModuleSource:
    """The class of the contained modules."""
    if part.stand_in is not None:
        path = host.path.with_name(f"{part.name}.py")
        return ModuleSource(f"torch.nn:{part.name}", part.name, part.stand_in, path)
    if part.file is not None:
        return resolve(f"{part.file}:{part.name}")
    return replace(host, ref=f"{host.path}:{part.name}", name=part.name)
