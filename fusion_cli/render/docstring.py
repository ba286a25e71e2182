"""The docstring of a fused class: what was fused, its formula, what the names in it stand for."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator

from fusion_cli.fit.plan import AtSite, Enclosure, Exchange, Plan
from fusion_cli.model.placeholders import INSIDE
from fusion_cli.render.formula import formulas
from fusion_cli.render.rewrite.idle import Idle, described
from fusion_cli.render.rewrite.method_docs import ARGUMENTS
from fusion_cli.render.wording import WIDTH, in_width, sentence, shapes
from fusion_cli.study.views import HostView
from fusion_cli.syntax.tree import code


def docstring(plan: Plan, without: Idle, dropped: Collection[str]) -> str:
    """The text between the quotes; classes stand under their stand-ins.

    `without` are the arguments that have no effect, `dropped` those that the class does not take.
    """
    host = plan.fusion.host
    summary = textwrap.wrap(f"{what(plan)}.", WIDTH - len('    """'))
    formula = [f"    {line}" for line in _formulas(plan)]
    legend = [f"    {name}: {meaning}" for name, meaning in _legend(plan)]
    contract = f"Shapes: {shapes(host.observation)}."
    arguments = described(_arguments(host), without, dropped)
    lines = ["", *formula, *legend, "", contract, *(["", *arguments] if arguments else [])]
    return "\n".join([*summary, *in_width(lines), ""])


def what(plan: Plan) -> str:
    """What was done, in a sentence without its full stop."""
    fusion = plan.fusion
    donors = [donor.source.name for donor in fusion.donors]
    return sentence(fusion.pattern, fusion.host.file.name, donors, plan.placement.site.path)


def _legend(plan: Plan) -> Iterator[tuple[str, str]]:
    """What the names in the formula stand for."""
    change = plan.change
    if isinstance(change, AtSite):
        return _legend_at_site(plan)
    return _legend_of_layers(plan, change) if isinstance(change, Exchange) else _handed(change)


def _legend_at_site(plan: Plan) -> Iterator[tuple[str, str]]:
    fusion, context = plan.fusion, plan.placement.context
    yield from ((donor.attr, donor.new) for donor in context.donors)
    for exposure in plan.exposures:
        yield exposure.keyword.name, f"`{exposure.parameter}` of {fusion.donors[exposure.donor].source.name}"
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


def _arguments(view: HostView) -> list[str]:
    """What the host's docstring says of its arguments: that stays true, the rest may not."""
    text = (view.source.node.get_docstring() or "").replace('"""', "'''")
    found = ARGUMENTS.search(text)
    return text[found.start() :].rstrip().splitlines() if found else []
