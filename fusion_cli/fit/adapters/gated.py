"""For a donor that gives a gate: its input, multiplied with it."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue


def glue(gap: Gap) -> Glue | None:
    if not gap.gates:
        return None
    product = f"{gap.donor}(x)" if gap.bounded else f"sigmoid({gap.donor}(x))"
    behind = () if gap.bounded else ("nn.Sigmoid()",)
    return Glue(f"Gated: x * {product}", behind=behind, around="Gated", bounded=False)
