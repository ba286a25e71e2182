"""For a donor of tokens on a map: they are its pixels. Some donors take height and width too."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if gap.layouts.donor != "tokens" or gap.layouts.work == "tokens":
        return None
    cls = "SizedTokensOnMap" if gap.grid else "TokensOnMap"
    return Glue(
        f"{cls}: b c h w → b (h w) c and back around {gap.donor}",
        around=cls,
        arguments=("pair=True",) if gap.grid == "pair" else (),
    )
