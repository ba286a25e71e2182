"""What the constructor of a fused class takes beyond its host's, and the flag that it sets."""

from __future__ import annotations

from collections.abc import Sequence

from fusion_cli.fit.conditions import guard_of
from fusion_cli.fit.exposed import Exposed, constructor_names
from fusion_cli.fit.guard import Guard
from fusion_cli.fit.naming import snake
from fusion_cli.fit.plan import Fusion
from fusion_cli.model.keyword import Keyword
from fusion_cli.model.plan import PatternContext


def keywords_and_guard(
    fusion: Fusion, context: PatternContext, exposures: Sequence[Exposed]
) -> tuple[tuple[Keyword, ...], Guard | None]:
    """The keywords, those of the donors first, and the guard by which the class tells.

    Raises:
        UsageError: the name of the switch is taken.
    """
    request = fusion.request
    keywords = tuple(exposure.keyword for exposure in exposures)
    taken = constructor_names(fusion.host) | {donor.source.name for donor in fusion.donors}
    taken |= {keyword.name for keyword in keywords}
    stem = snake(fusion.donors[0].source.name)
    guard = guard_of(request, fusion.host, context, stem, taken)
    if request.switch:
        keywords += (Keyword(request.switch, "True", "bool"),)
    return keywords, guard
