"""For a donor whose forward takes one list of its inputs."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if not gap.takes_list:
        return None
    return Glue(f"AsList: the inputs of {gap.donor} as one list", around="AsList")
