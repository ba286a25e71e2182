"""The smoke test at the end of a written file: what it feeds the block."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fusion_cli.model.contract import packed_text
from fusion_cli.model.observation import Observation

INPUTS = ("x", "x2", "x3", "x4", "x5", "x6")
SHAPES = {  # what is printed of an output `y`, by what its tensors come in
    "alone": "tuple(y.shape)",
    "sequence": "[tuple(one.shape) for one in y]",
    "mapping": "[tuple(one.shape) for one in y.values()]",
    "otherwise": "type(y).__name__",
}
BOUND = {"device", "block", "y", "h", "w", *INPUTS}  # the names that it binds


def feed(seen: Observation) -> dict[str, str]:
    """The inputs of the smoke test by name; a height or a width that forward takes is a number."""
    names = [[str(axis) for axis in axes] for axes in seen.contract.inputs]
    pairs = list(zip(names, seen.base.inputs, strict=True))
    lengths = {
        name: n for axes, shape in pairs if shape for name, n in zip(axes, shape, strict=True)
    }
    side = math.isqrt(lengths.get("n", 0))
    tensors = iter(INPUTS)
    return dict(
        (
            (next(tensors), f"torch.randn({', '.join(map(str, shape))}, device=device)")
            if shape
            else (axes[0], str(lengths.get(axes[0], side)))
        )
        for axes, shape in pairs
    )


def call(seen: Observation, names: Sequence[str]) -> str:
    """The call of the block with these inputs, packed as its forward takes them."""
    return f"block({packed_text(names, seen.contract.packing)})"
