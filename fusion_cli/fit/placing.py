"""Choose where the donors go: at the site that `--at` names, or at one of the pattern's own rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fusion_cli.fit.default_sites import default_sites
from fusion_cli.fit.joins import locate_join
from fusion_cli.fit.placement import placed_at
from fusion_cli.fit.plan import Fusion, Placement
from fusion_cli.fit.sites import Site, declared_site, exchanged, locate
from fusion_cli.model.errors import CannotFuse


def place(fusion: Fusion) -> Placement:
    """The donors at the site that `--at` names, or at the first that the pattern's own rule finds.

    Raises:
        CannotFuse: no site can take these donors; the error gives the reason of the first.
        UnknownName: there is no such site.
    """
    at = fusion.request.at
    if at is not None:
        return placed_at(fusion, _located(fusion, at))
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
            placement = placed_at(fusion, site())
        except CannotFuse as reason:
            reasons.append(reason)
            continue
        if not placement.adapters:
            return placement
        adapted.append(placement)
    return adapted[0] if adapted else None
