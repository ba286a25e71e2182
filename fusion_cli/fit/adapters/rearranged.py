"""For a donor of maps of one layout, where they come in another."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import AXES, Gap
from fusion_cli.fit.adapters.glue import REARRANGE, Glue
from fusion_cli.model.contract import Layout
from fusion_cli.model.placeholders import adapter


def for_donor(gap: Gap) -> Glue | None:
    """From the layout in which it is adapted to the donor's; tokens become pixels otherwise."""
    is_tokens = gap.layouts.donor == "tokens"
    return None if is_tokens else _glue(gap, gap.layouts.donor, gap.layouts.work)


def for_site(gap: Gap) -> Glue | None:
    """From the site's layout to that in which the donor is adapted."""
    return _glue(gap, gap.layouts.work, gap.layouts.site)


def _glue(gap: Gap, inner: Layout, outer: Layout) -> Glue | None:
    if inner == outer:
        return None
    given, made = AXES[outer], AXES[inner]
    cls = adapter(REARRANGE)
    return Glue(
        f"{REARRANGE}: {given} → {made} and back around {gap.donor}",
        before=(f'{cls}("{given} -> {made}")',),
        behind=(f'{cls}("{made} -> {given}")',),
    )
