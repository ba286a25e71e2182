"""`--init zero`: the donors' contribution starts at zero, so that a fused block begins as its host.

One learnable scale stands before all that the donors add: y + scale · d(x), ReZero (Bachlechner et
al., 2020, arXiv:2003.04887). It starts at zero whatever the donor is. It has one element: per-tensor
sharding refuses parameters without an axis.
"""

from __future__ import annotations

from fusion_cli.model.errors import CannotFuse
from fusion_cli.model.pattern import Pattern

GUARANTEE = "starts_as_host"


def demand_from_zero(pattern: Pattern, path: str) -> None:
    """Refuse a pattern that has no place for the scale at the site of this path.

    Raises:
        CannotFuse: the pattern keeps nothing of the host at the site, or does not say what it adds.
    """
    if not pattern.keeps_site:
        raise CannotFuse(
            f"--init zero: after `{pattern.name}` nothing at `{path}` computes what the "
            "host computes there",
            "choose a pattern that keeps the host's own site, as `parallel` or `serial`",
        )
    if "scale" not in pattern.uses:
        raise CannotFuse(
            f"--init zero: `{pattern.name}` does not say what of it is to start at zero",
            f"let {pattern.path} write `{{{{ plan.scale }}}}` before what the donors add",
        )
