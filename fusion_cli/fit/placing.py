"""Place the donors: what each is given at the site, in the terms of the host's constructor.

Nothing here runs a module: the sites, their shapes in every run, and what the donors do with
their arguments have all been observed before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from fusion_cli.fit.adapters.glue import Chain
from fusion_cli.fit.conditions import where_held
from fusion_cli.fit.default_sites import default_sites
from fusion_cli.fit.donors.fitted import donor_chain
from fusion_cli.fit.joins import locate_join
from fusion_cli.fit.mapping import site_contract
from fusion_cli.fit.naming import Names, snake
from fusion_cli.fit.need import Need
from fusion_cli.fit.plan import Fusion, Placement
from fusion_cli.fit.proof import prove, spread
from fusion_cli.fit.share import Share, shared
from fusion_cli.fit.sites import Site, declared_site, exchanged, locate
from fusion_cli.fit.zero import demand_from_zero
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.contract import Contract
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.placeholders import (
    ARG,
    CALL,
    INIT,
    SECOND,
    carried,
)
from fusion_cli.model.plan import DonorText, PatternContext, SiteText
from fusion_cli.study.views import Address, DonorView, HostView


def place(fusion: Fusion) -> Placement:
    """The donors at the site that `--at` names, or at the first that the pattern's own rule finds.

    Raises:
        CannotFuse: no site can take these donors; the reason of the first is told.
        UnknownName: there is no such site.
    """
    at = fusion.request.at
    if at is not None:
        return _placed(fusion, _located(fusion, at))
    reasons: list[CannotFuse] = []
    for group in default_sites(fusion.host, fusion.pattern):
        placement = _first_placed(fusion, group, reasons)
        if placement is not None:
            return placement
    raise next(
        iter(reasons),
        CannotFuse(
            f"{fusion.host.source.name} has no submodule with weights on its main path",
            "name a site with --at",
        ),
    )


def replaces_by_name(fusion: Fusion, at: str) -> bool:
    """Whether the donor takes a submodule's name, and what calls that stays as it is."""
    pattern = fusion.pattern
    alone = len(fusion.donors) == 1 and not pattern.keeps_site and pattern.at != "join"
    return alone and exchanged(fusion.host, at)


def _located(fusion: Fusion, at: str) -> Site:
    if fusion.pattern.at == "join":
        return locate_join(fusion.host, at)
    if replaces_by_name(fusion, at):
        return declared_site(fusion.host, at)
    return locate(fusion.host, at)


def _first_placed(
    fusion: Fusion, sites: Iterable[Callable[[], Site]], reasons: list[CannotFuse]
) -> Placement | None:
    """The first site that needs no adapter, else the first that can be adapted."""
    adapted: list[Placement] = []
    for site in sites:
        try:
            placement = _placed(fusion, site())
        except CannotFuse as reason:
            reasons.append(reason)
            continue
        if not placement.adapters:
            return placement
        adapted.append(placement)
    return adapted[0] if adapted else None


def _placed(fusion: Fusion, site: Site) -> Placement:
    host, pattern, donors = fusion.host, fusion.pattern, fusion.donors
    site = replace(where_held(host, site), stays=pattern.keeps_site)
    contract, axis = site_contract(host, site)
    _demand_run(host, site)
    if fusion.request.init:
        demand_from_zero(pattern, site.path)
    names = Names(host)
    share = _share(fusion, site, axis, names) if pattern.splits else None
    chains: list[Chain] = []
    texts: list[DonorText] = []
    for index, donor in enumerate(donors):
        attr = (
            _attribute(host, site, pattern, names, donor)
            if index == 0
            else names.free(snake(donor.source.name))
        )
        flow = pattern.donor[min(index, len(pattern.donor) - 1)]
        need = _need(site, flow, contract, axis, share)
        fitted_host = share.host if share else host
        adapt = not fusion.request.no_adapt
        chain = donor_chain(fitted_host, site, donor, need, carried(index), adapt)
        chains.append(chain)
        texts.append(DonorText(donor.source.name, attr, chain.text, chain.bounded))
    adapters = tuple(words for chain in chains for words in chain.words)
    if adapters or share or _asks_channels(donors, pattern):
        _demand_one_width(host, site, axis)
    context = PatternContext(
        site=_site_text(host, site, pattern, axis, share),
        donors=tuple(texts),
        attrs={name: names.free(name) for name in dict.fromkeys(_asked_names(pattern))},
        share=share.attribute if share else "",
        zero=names.free("scale") if fusion.request.init else "",
    )
    classes = dict.fromkeys(cls for chain in chains for cls in chain.classes)
    return Placement(site, contract, context, adapters, tuple(classes))


def _share(fusion: Fusion, site: Site, axis: int, names: Names) -> Share:
    ratio, count = fusion.pattern.ratio, len(fusion.donors)
    return shared(fusion.host, site, ratio, count, axis, names.free("share"))


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


def _attribute(host: HostView, site: Site, pattern: Pattern, names: Names, donor: DonorView) -> str:
    """A donor that stands in the place of one submodule takes its name, else one of its own."""
    if pattern.keeps_site or not site.is_one_call:
        return names.free(snake(donor.source.name))
    address = host.address(site.first) or Address(site.first)
    return host.spelled(address.root) + "".join(f"[{step.index}]" for step in address.steps)


def _need(site: Site, flow: str, contract: Contract, axis: int, share: Share | None) -> Need:
    """What a donor of this flow (`site.input -> site.output`, `site.input -> gate`) maps in every run."""
    if share is not None and flow.startswith("site.share"):
        return Need(share.runs, contract, axis)
    ends = [0 if "input" in one else 1 for one in flow.split(" -> ")]
    shapes = tuple(None if run is None else (run[ends[0]], run[ends[1]]) for run in site.runs)
    return Need(shapes, contract, axis, gate=flow.endswith("gate"), inputs=site.inputs)


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
