"""The donors at one site: what each is given there, in the terms of the host's constructor.

Nothing here runs a module: the site, its shapes in every run, and what the donors do with their
arguments have all been observed before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fusion_cli.fit.adapters.glue import Chain
from fusion_cli.fit.conditions import where_held
from fusion_cli.fit.donors.fitted import donor_chain
from fusion_cli.fit.mapping import site_contract
from fusion_cli.fit.naming import Names, snake
from fusion_cli.fit.need import Need
from fusion_cli.fit.plan import Fusion, Placement
from fusion_cli.fit.proof import prove, spread
from fusion_cli.fit.share import Share, shared
from fusion_cli.fit.sites import Site
from fusion_cli.fit.zero import demand_from_zero
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.contract import Contract
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.pattern import DonorMap, Pattern
from fusion_cli.model.placeholders import (
    ARG,
    CALL,
    INIT,
    SECOND,
    carried,
)
from fusion_cli.model.plan import DonorText, PatternContext, SiteText
from fusion_cli.study.views import Address, DonorView, HostView


def placed_at(fusion: Fusion, site: Site) -> Placement:
    """The donors at this site.

    Raises:
        CannotFuse: a donor cannot serve there, or the site does not run.
    """
    host, pattern, request = fusion.host, fusion.pattern, fusion.request
    site = replace(where_held(host, site), stays=pattern.keeps_site)
    contract, axis = site_contract(host, site)
    _demand_run(host, site)
    if request.init:
        demand_from_zero(pattern, site.path)
    names = Names(host)
    share = _share(fusion, site, axis, names) if pattern.splits else None
    attrs = _attributes(fusion, site, names)
    chains = _chains(fusion, site, contract, axis, share)
    adapters = tuple(words for chain in chains for words in chain.words)
    if adapters or share or _asks_channels(fusion.donors, pattern):
        _demand_one_width(host, site, axis)
    texts = [
        DonorText(donor.source.name, attr, chain.text, chain.bounded)
        for donor, attr, chain in zip(fusion.donors, attrs, chains, strict=True)
    ]
    context = PatternContext(
        site=_site_text(host, site, pattern, axis, share),
        donors=tuple(texts),
        attrs={name: names.free(name) for name in dict.fromkeys(_asked_names(pattern))},
        share=share.attribute if share else "",
        zero=names.free("scale") if request.init else "",
    )
    classes = dict.fromkeys(cls for chain in chains for cls in chain.classes)
    return Placement(site, contract, context, adapters, tuple(classes))


def _share(fusion: Fusion, site: Site, axis: int, names: Names) -> Share:
    ratio, count = fusion.pattern.ratio, len(fusion.donors)
    return shared(fusion.host, site, ratio, count, axis, names.free("share"))


def _attributes(fusion: Fusion, site: Site, names: Names) -> list[str]:
    """The attributes that will hold the donors: the first may have the site's own."""
    first, *others = [snake(donor.source.name) for donor in fusion.donors]
    replaces = site.is_one_call and not fusion.pattern.keeps_site
    held = _place_of(fusion.host, site) if replaces else names.free(first)
    return [held, *map(names.free, others)]


def _place_of(host: HostView, site: Site) -> str:
    """The attribute that holds the submodule at the site, or its place in a container."""
    address = host.address(site.first) or Address(site.first)
    return host.spelled(address.root) + "".join(f"[{step.index}]" for step in address.steps)


def _chains(
    fusion: Fusion, site: Site, contract: Contract, axis: int, share: Share | None
) -> list[Chain]:
    """Each donor among its adapters."""
    host = share.host if share else fusion.host
    adapt = not fusion.request.no_adapt
    needs = [
        _need(host, site, fusion.pattern.mapped_by(index), contract, axis, share)
        for index in range(len(fusion.donors))
    ]
    return [
        donor_chain(host, site, donor, need, carried(index), adapt)
        for index, (donor, need) in enumerate(zip(fusion.donors, needs, strict=True))
    ]


def _demand_run(host: HostView, site: Site) -> None:
    """Refuse a site that does not run as the host is built here: a donor would be idle too."""
    if site.runs[0] is None:
        args = arguments_text(host.observation.base.args)
        raise CannotFuse(
            f"`{site.path}` does not run in {host.source.name}({args})",
            "give arguments with which it does: --host-args",
        )


def _asks_channels(donors: Sequence[DonorView], pattern: Pattern) -> bool:
    """Whether what is declared at the site depends on its channels."""
    return any(use.endswith("_channels") for use in pattern.uses) or any(
        {"in", "out"} & donor.observation.roles.keys() for donor in donors
    )


def _demand_one_width(host: HostView, site: Site, axis: int) -> None:
    """Refuse a site whose calls differ in channels: a donor is declared once for all of them."""
    for path, end in ((site.first, "inputs"), (site.last, "outputs")):
        for flow in host.flows if site.kind == "calls" else ():
            widths = {flow.shapes[getattr(node, end)[0]][axis] for node in flow.calls(path)}
            if len(widths) > 1:
                raise CannotFuse(
                    f"`{path}` of {host.source.name} is called with {spread(list(widths))} "
                    "channels in turn, and a donor has one number of them",
                    "choose a span that holds one of the calls, or the submodule before it",
                )


def _asked_names(pattern: Pattern) -> list[str]:
    return re.findall(r"plan\.attr\(\s*[\"'](\w+)[\"']\s*\)", pattern.source)


def _need(
    host: HostView,
    site: Site,
    mapped: DonorMap,
    contract: Contract,
    axis: int,
    share: Share | None,
) -> Need:
    """The shapes that a donor maps at the site in every run."""
    if share is not None and mapped.share:
        return Need(share.runs, contract, axis)
    shapes = tuple(run and (run[mapped.given], run[mapped.made]) for run in site.runs)
    observed = len(host.observation.runs)
    return Need(shapes, contract, axis, mapped.gate, site.inputs, observed)


def _site_text(
    host: HostView, site: Site, pattern: Pattern, axis: int, share: Share | None
) -> SiteText:
    """The site's text for the template; channels are proven only where it reads them."""

    def proven(end: int, role: str) -> str:
        if f"site.{role}_channels" not in pattern.uses:
            return ""
        widths = [None if run is None else run[end][axis] for run in site.runs]
        text = prove(host, site, widths, role)
        return text if text.isidentifier() else f"({text})"

    return SiteText(
        path=site.path,
        init=INIT,
        call=CALL,
        arg=ARG if site.inputs == 1 else f"{ARG}, {SECOND}",
        in_channels=proven(0, "in"),
        out_channels=proven(1, "out"),
        share=share.text if share else "",
        dim=1 if axis == 1 else -1,
        rank=next(len(run[1]) for run in site.runs if run),
    )
