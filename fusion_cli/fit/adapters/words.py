"""Words that several adapters use."""

from __future__ import annotations


def with_stride(stride: str | None) -> str:
    if stride is None:
        return ""
    return f" with stride {stride}" if stride.isdigit() else " with the stride of the site"
