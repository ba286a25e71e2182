"""A fusion inside contained modules: the host builds their fused class, which has its own plan."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from fusion_cli.fit.conditions import active_for, test_of
from fusion_cli.fit.contained import Contained
from fusion_cli.fit.exposed import constructor_names
from fusion_cli.fit.plan import Enclosure, Fusion, Plan
from fusion_cli.model.errors import CannotFuse, UsageError
from fusion_cli.model.keyword import Keyword
from fusion_cli.study.views import HostView


def enclosure(fusion: Fusion, part: Contained, inner: Plan) -> Plan:
    """The plan of a host that builds the fused class of what it contains.

    Raises:
        UsageError: a keyword of the fused class is a name that the host's constructor uses.
        CannotFuse: the host could not hand a keyword on.
    """
    host = fusion.host
    keywords = _keywords(fusion, inner)
    _demand_free(host, part, keywords)
    handed = _handed(fusion, inner)
    calls = _calls(host, part, handed) if handed else ()
    site = inner.placement.site
    path = f"{part.within}.{site.path}"
    return Plan(
        fusion=fusion,
        placement=replace(inner.placement, site=replace(site, path=path)),
        change=Enclosure(part, inner, calls, handed),
        active=active_for(host, calls if fusion.request.when else (), part.within),
        keywords=keywords,
        exposures=inner.exposures,
    )


def _keywords(fusion: Fusion, inner: Plan) -> tuple[Keyword, ...]:
    """Those of the fused class, but for a flag that the host sets by its condition alone."""
    unseen = {inner.fusion.request.switch} - {fusion.request.switch}
    return tuple(keyword for keyword in inner.keywords if keyword.name not in unseen)


def _demand_free(host: HostView, part: Contained, keywords: tuple[Keyword, ...]) -> None:
    """Refuse a keyword of the fused class that the host's constructor means something else by."""
    taken = constructor_names(host) & {keyword.name for keyword in keywords}
    if taken:
        raise UsageError(
            f"`{min(taken)}`, a keyword of the fused {part.name}, is a name that the "
            f"constructor of {host.file.name} uses already",
            "choose another: --switch NAME, or expose another argument",
        )


def _handed(fusion: Fusion, inner: Plan) -> dict[str, str]:
    """What the host hands on to the fused class: expressions by keyword."""
    values = {keyword.name: keyword.name for keyword in inner.keywords}
    if fusion.request.when:
        switch = inner.fusion.request.switch
        assert switch, "a condition of the host is handed on by a switch"
        values[switch] = test_of(fusion.request, fusion.host)
    return values


def _calls(host: HostView, part: Contained, handed: dict[str, str]) -> tuple[cst.Call, ...]:
    """Where the host's constructor builds the class, which is where it can hand keywords on."""
    init = host.source.methods.get("__init__")
    calls = part.builds(init) if init else []
    if len(calls) < len(part.references):
        raise CannotFuse(
            f"{host.file.name} builds {part.name} elsewhere than in its constructor, which "
            f"could not hand on {min(handed)}",
            f"fuse into {part.name}, then let your host build the fused class",
        )
    return tuple(calls)
