"""A map made larger behind a donor."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if gap.up is None:
        return None
    words = f"interpolation by {gap.up} behind {gap.donor}"
    return Glue(words, behind=(f"nn.Upsample(scale_factor={gap.up})",))
