"""The adapters in the order in which they are put around a donor, the innermost first."""

from __future__ import annotations

from collections.abc import Callable

from fusion_cli.fit.adapters import (
    as_list,
    channels,
    cropped,
    enlarged,
    first_output,
    gated,
    padded,
    pooled,
    rearranged,
    tokens_on_map,
)
from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Chain, Glue

Adapter = Callable[[Gap], Glue | None]  # None where it is not needed

ORDER: tuple[Adapter, ...] = (
    as_list.glue,
    first_output.glue,
    gated.glue,
    tokens_on_map.glue,
    rearranged.for_donor,
    padded.for_donor,
    channels.before,
    channels.behind,
    pooled.glue,
    enlarged.glue,
    cropped.glue,
    padded.for_all,
    rearranged.for_site,
)


def adapted(new: str, gap: Gap) -> Chain:
    """The donor that `new` builds, in all the adapters that it needs."""
    chain = Chain((new,), gap.bounded, gap.inputs)
    for adapter in ORDER:
        if glue := adapter(gap):
            chain = chain.glued(glue)
    return chain
