"""The names of the checks in their order, and which of them each `--verify` level runs."""

from __future__ import annotations

FULL = (
    "parses",
    "imports",
    "constructs",
    "forward",
    "drop_in",
    "equivalence",
    "pure",
    "finite",
    "gradients",
    "modes",
    "batch_independent",
    "aligned",
    "sizes",
    "dtypes",
    "memory_format",
    "device",
    "serialises",
    "guarantees",
)
QUICK = (*FULL[:6], "finite", "gradients")
DEEP = (*FULL, "compiles", "exports", "onnx")
LEVELS = {"quick": QUICK, "full": FULL, "deep": DEEP, "off": ()}
NEED_HOST = frozenset({"drop_in", "equivalence", "guarantees"})
