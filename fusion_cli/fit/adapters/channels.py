"""Another number of channels before a donor, or behind it.

It is a convolution of one pixel and its norm, or their like where the channels come last. A stride
that the map needs is the convolution's.
"""

from __future__ import annotations

from fusion_cli.fit.adapters.gap import Gap, Widths
from fusion_cli.fit.adapters.glue import Glue
from fusion_cli.fit.adapters.words import with_stride


def before(gap: Gap) -> Glue | None:
    if gap.before is None:
        return None
    steps, words = _steps(gap, gap.before, gap.down)
    return Glue(f"{words} before {gap.donor}", before=steps)


def behind(gap: Gap) -> Glue | None:
    if gap.behind is None:
        return None
    steps, words = _steps(gap, gap.behind, None if gap.before else gap.down)
    return Glue(f"{words} behind {gap.donor}", behind=steps, bounded=False)


def _steps(gap: Gap, widths: Widths, stride: str | None) -> tuple[tuple[str, str], str]:
    """The modules, and what they are in words."""
    given, made = widths.given, widths.made
    if gap.layouts.work != "nchw":
        steps = f"nn.Linear({given}, {made}, bias=False)", f"nn.LayerNorm({made})"
        return steps, f"linear layer {given} → {made}"
    step = "" if stride is None else f", {stride}"
    steps = f"nn.Conv2d({given}, {made}, 1{step}, bias=False)", f"nn.BatchNorm2d({made})"
    return steps, f"1×1 convolution {given} → {made}{with_stride(stride)}"
