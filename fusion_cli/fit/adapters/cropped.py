"""A map without its border behind a donor, as behind a convolution that has no padding."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if gap.crop is None:
        return None
    words = f"crop by {gap.crop} at each border behind {gap.donor}"
    return Glue(words, behind=(f"nn.ZeroPad2d(-{gap.crop})",))
