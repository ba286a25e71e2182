"""Whether the host's source can be rewritten at a site: its calls are there, with an argument each."""

from __future__ import annotations

import libcst as cst

from fusion_cli.fit.sites import Site
from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.placeholders import ARG
from fusion_cli.model.plan import Rendered
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import code, expression


def demand_handles(host: HostView, site: Site, rendered: Rendered) -> None:
    """Refuse a site whose calls the source gives no handle on.

    Raises:
        CannotFuse: the message names what is in the way.
    """
    if not site.occurrences and code(expression(rendered.call)) != f"self.{site.first}({ARG})":
        raise CannotFuse(
            f"the source of {host.source.name} gives no handle on the calls of `{site.path}`",
            "choose a pattern that puts the donor in its place, or another site",
        )
    for occurrence in site.occurrences:
        if occurrence.first is not None:
            _demand_argument(occurrence.first)
    if site.kind == "calls" and any(
        occurrence.first is occurrence.end for occurrence in site.occurrences
    ):
        _demand_one_container(host, site)


def _demand_argument(call: cst.Call) -> None:
    """Refuse a call whose first argument, which is what the site is given, is not written out."""
    if not call.args or call.args[0].star:
        raise CannotFuse(f"the call `{code(call)}` has no first argument to fuse with")


def _demand_one_container(host: HostView, site: Site) -> None:
    """Refuse a span that begins in one container and ends in another, within one call."""
    ends = [address.steps for path in (site.first, site.last) if (address := host.address(path))]
    if len({steps[:-1] for steps in ends}) > 1:
        raise CannotFuse("a span inside containers must begin and end in the same container")
