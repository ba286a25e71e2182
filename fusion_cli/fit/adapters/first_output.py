"""For a donor that returns a tuple or list: what is first in it."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if not gap.gives_sequence:
        return None
    return Glue(f"FirstOutput: the first of what {gap.donor} returns", around="FirstOutput")
