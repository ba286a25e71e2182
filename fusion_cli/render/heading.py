"""The head of a written file: what it was made of, and the commands that make it again."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from fusion_cli import __version__
from fusion_cli.fit.plan import Plan
from fusion_cli.render import lineage
from fusion_cli.render.docstring import what
from fusion_cli.render.wording import WIDTH


def summary(plan: Plan) -> str:
    """The first line, or as many as the sentence needs."""
    return "\n".join(textwrap.wrap(f"{what(plan)}.", WIDTH - len('"""')))


def rows(plan: Plan, licences: Iterable[str]) -> list[tuple[str, str]]:
    """What the head says of the file, by keys. `licences` are those of the carried files."""
    fusion, request = plan.fusion, plan.fusion.request
    donors = [donor.source for donor in fusion.donors]
    sources = [fusion.host.file, *donors]
    where = f" when {request.when}" if request.when else ""
    given = dict.fromkeys([*licences, *lineage.licences(sources)])
    return [
        ("host", lineage.described(fusion.host.file)),
        *(("donor", lineage.described(donor)) for donor in donors),
        *(("mended", words) for words in lineage.repairs(donors)),
        ("pattern", f"{fusion.pattern.name} at {plan.placement.site.path}{where}"),
        *(("adapter", words) for words in plan.placement.adapters),
        *(("licence", licence) for licence in given),
        *(("command", command) for command in lineage.commands(request, sources)),
        ("written by", f"fuse {__version__}"),
    ]
