"""The docstring of a fused class: what was fused, its formula, what the names in it stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fusion_cli.fit.plan import AtSite, Enclosure, Exchange, Fusion, Plan
from fusion_cli.model.placeholders import INSIDE
from fusion_cli.render.formula import formulas
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import code


def docstring(plan: Plan) -> str:
    """The text between the quotes; classes stand under their stand-ins."""
    fusion, site = plan.fusion, plan.placement.site
    what = f"{donor_list(fusion)}: {fusion.pattern.name} at `{site.path}`"
    lines = [f"{fusion.host.file.name} with {what}.", ""]
    lines += [f"    {line}" for line in _formulas(plan)]
    lines += [f"    {name}: {meaning}" for name, meaning in _legend(plan)]
    lines += ["", f"Shapes: {fusion.host.observation.contract}."]
    rest = _rest_of_docstring(fusion.host)
    return "\n".join([*lines, *(["", *rest] if rest else []), ""])


def donor_list(fusion: Fusion) -> str:
    return " and ".join(dict.fromkeys(donor.source.name for donor in fusion.donors))


def _legend(plan: Plan) -> Iterator[tuple[str, str]]:
    """What the names in the formula stand for."""
    change = plan.change
    if isinstance(change, AtSite):
        return _legend_at_site(plan)
    return _legend_of_layers(plan, change) if isinstance(change, Exchange) else _handed(change)


def _legend_at_site(plan: Plan) -> Iterator[tuple[str, str]]:
    fusion, context = plan.fusion, plan.placement.context
    yield from ((donor.attr, donor.new) for donor in context.donors)
    for one in plan.exposures:
        yield one.keyword.name, f"`{one.parameter}` of {fusion.donors[one.donor].source.name}"
    if plan.guard is not None:
        test = f"{plan.guard.test}; " if fusion.request.when else ""
        yield plan.guard.flag, f"{test}where it is false the block is {fusion.host.file.name}"
    if context.share:
        yield context.share, f"{context.site.share}, the channels of each donor"
    if context.zero:
        yield context.zero, "starts at 0, so that the block begins as its host"


def _legend_of_layers(plan: Plan, change: Exchange) -> Iterator[tuple[str, str]]:
    test = f" where {plan.guard.test}" if plan.guard else ""
    for new in dict.fromkeys(map(code, change.new.values())):
        yield change.part.within, f"{new}{test}"


def _handed(change: Enclosure) -> Iterator[tuple[str, str]]:
    yield change.part.within, INSIDE
    for name, value in change.handed.items():
        test = "" if value == name else f"{value}, "
        yield name, f"{test}handed on to {INSIDE}"


def _formulas(plan: Plan) -> list[str]:
    """The formula of the base run, then of each other run that computes something else."""
    if not isinstance(plan.change, AtSite):
        return []
    runs = [index for index, active in enumerate(plan.active) if active]
    return formulas(plan.fusion.host, plan.placement.site, plan.call, runs)


_ARGUMENTS = re.compile(r"^(Args|Arguments|Parameters|:param\b.*):?\s*$|^:param\b", re.MULTILINE)


def _rest_of_docstring(view: HostView) -> list[str]:
    """What the host's docstring says of its arguments: that stays true, the rest may not."""
    text = (view.source.node.get_docstring() or "").replace('"""', "'''")
    found = _ARGUMENTS.search(text)
    return text[found.start() :].rstrip().splitlines() if found else []
