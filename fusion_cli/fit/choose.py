"""Decide a fusion: what each donor is given at the site, in the terms of the host's constructor.

Nothing here runs a module: the sites, their shapes in every run, and what the donors do with
their arguments have all been observed before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from fusion_cli.fit.adapters.glue import Chain
from fusion_cli.fit.conditions import where_held
from fusion_cli.fit.default_sites import default_sites
from fusion_cli.fit.donors.fitted import donor_chain
from fusion_cli.fit.joins import locate_join
from fusion_cli.fit.mapping import site_contract
from fusion_cli.fit.naming import Names
from fusion_cli.fit.need import Need
from fusion_cli.fit.proof import prove, spread
from fusion_cli.fit.share import Share, shared
from fusion_cli.fit.sites import Site, declared_site, exchanged, locate
from fusion_cli.model.basics import arguments_text
from fusion_cli.model.contract import Contract
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.pattern import Pattern
from fusion_cli.model.placeholders import (
    ARG,
    CALL,
    INIT,
    SECOND,
    adapter,
    carried,
)
from fusion_cli.model.plan import Plan, PlannedDonor, PlannedSite
from fusion_cli.study.views import Address, DonorView, HostView


@dataclass(frozen=True)
class Fit:
    """A plan, the site it is for, and the adapters that it needed, in words and by their classes."""

    plan: Plan
    site: Site
    contract: Contract
    adapters: tuple[str, ...] = ()
    adapter_classes: tuple[str, ...] = ()

    def path_of(self, attr: str) -> str:
        """The path of an attribute that the pattern sets; `body[1]` is the site itself, by its place."""
        return self.site.first if "[" in attr else attr


def snake(name: str) -> str:
    """`ConvNeXtBlock` → `convnext_block`: a capital after a small letter begins a new word.

    Words of one or two letters are no words of their own and stay with the one before.
    """
    words = re.findall(r"[A-Z0-9_]*[a-z0-9_]*", name)
    joined: list[str] = []
    for word in (one for one in words if one):
        if joined and len(word) <= 2:
            joined[-1] += word
        else:
            joined.append(word)
    return "_".join(word.lower().strip("_") for word in joined)


def choose(host: HostView, donors: Sequence[DonorView], pattern: Pattern, at: str | None) -> Fit:
    """The plan for the site that `--at` names, or for the first that the pattern's own rule finds.

    Raises:
        CannotFuse: no site can take these donors; the reason of the first is told.
        UnknownName: there is no such site.
    """
    if at is not None:
        return _fit(host, _located(host, donors, pattern, at), donors, pattern)
    reasons: list[CannotFuse] = []
    for group in default_sites(host, pattern):
        found = _first_fit(host, group, donors, pattern, reasons)
        if found is not None:
            return found
    raise next(
        iter(reasons),
        CannotFuse(
            f"{host.source.name} has no submodule with weights on its main path",
            "name a site with --at",
        ),
    )


def exchanges(host: HostView, donors: Sequence[DonorView], pattern: Pattern, at: str) -> bool:
    """Whether the donor takes a submodule's name, and what calls that stays as it is."""
    alone = len(donors) == 1 and not pattern.keeps_site and pattern.at != "join"
    return alone and exchanged(host, at)


def _located(host: HostView, donors: Sequence[DonorView], pattern: Pattern, at: str) -> Site:
    if pattern.at == "join":
        return locate_join(host, at)
    return declared_site(host, at) if exchanges(host, donors, pattern, at) else locate(host, at)


def _first_fit(
    host: HostView,
    sites: Iterable[Callable[[], Site]],
    donors: Sequence[DonorView],
    pattern: Pattern,
    reasons: list[CannotFuse],
) -> Fit | None:
    """The first site that needs no adapter, else the first that can be adapted."""
    adapted: list[Fit] = []
    for site in sites:
        try:
            fit = _fit(host, site(), donors, pattern)
        except CannotFuse as reason:
            reasons.append(reason)
            continue
        if not fit.adapters:
            return fit
        adapted.append(fit)
    return adapted[0] if adapted else None


def _fit(host: HostView, site: Site, donors: Sequence[DonorView], pattern: Pattern) -> Fit:
    site = replace(where_held(host, site), stays=pattern.keeps_site)
    contract, axis = site_contract(host, site)
    _demand_run(host, site)
    names = Names(host)
    share = None
    if pattern.splits:
        attribute = names.free("share")
        share = shared(host, site, pattern.ratio, len(donors), axis, attribute)
    chains: list[Chain] = []
    planned: list[PlannedDonor] = []
    for index, donor in enumerate(donors):
        attr = (
            _attribute(host, site, pattern, names, donor)
            if index == 0
            else names.free(snake(donor.source.name))
        )
        flow = pattern.donor[min(index, len(pattern.donor) - 1)]
        need = _need(site, flow, contract, axis, share)
        adapting = donor.adapting
        chain = donor_chain(
            share.host if share else host, site, donor, need, carried(index), adapting.allowed
        )
        chains.append(chain)
        planned.append(PlannedDonor(donor.cls, attr, _named(chain, index, donor), chain.bounded))
    adapters = tuple(words for chain in chains for words in chain.words)
    if adapters or share or _asks_channels(donors, pattern):
        _demand_one_width(host, site, axis)
    plan = Plan(
        site=_planned_site(host, site, pattern, axis, share),
        donors=tuple(planned),
        share=attribute if share else "",
        attrs={name: names.free(name) for name in dict.fromkeys(_asked_names(pattern))},
    )
    classes = dict.fromkeys(one for chain in chains for one in chain.classes)
    return Fit(plan, site, contract, adapters, tuple(classes))


def _named(chain: Chain, index: int, donor: DonorView) -> str:
    names = donor.adapting
    text = chain.text.replace(carried(index), donor.cls)
    return re.sub(adapter(r"(\w+?)"), lambda match: names.name(match[1]), text)


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


def _planned_site(
    host: HostView, site: Site, pattern: Pattern, axis: int, share: Share | None
) -> PlannedSite:
    """The site's text for the template; channels are proven only where it reads them."""

    def proven(end: int, role: str) -> str:
        if f"site.{role}_channels" not in pattern.uses:
            return ""
        widths = [None if run is None else run[end][axis] for run in site.runs]
        text = prove(host, site, widths, role)
        return text if text.isidentifier() else f"({text})"

    return PlannedSite(
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
