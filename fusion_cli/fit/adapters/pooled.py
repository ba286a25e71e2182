"""A map made smaller for a donor, where no convolution does so. It rounds up, as padded ones do."""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap
from fusion_cli.fit.adapters.glue import Glue
from fusion_cli.fit.adapters.words import with_stride


def glue(gap: Gap) -> Glue | None:
    if gap.down is None or gap.before or gap.behind:
        return None
    return Glue(
        f"average pooling{with_stride(gap.down)} before {gap.donor}",
        before=(f"nn.AvgPool2d({gap.down}, ceil_mode=True)",),
    )
