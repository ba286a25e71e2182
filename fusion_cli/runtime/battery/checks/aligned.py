"""Output pixel (i, j) depends on the input around (i·s, j·s): nothing is swapped, flipped, shifted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from torch import nn

from fusion_cli.model.contract import Contract
from fusion_cli.runtime.battery.alignment import Alignment, judge
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    failed,
    passed,
    skipped,
    worst,
)
from fusion_cli.runtime.battery.dependence import Dependence, dependences, map_axes
from fusion_cli.runtime.battery.places import ENOUGH, Size

# Sides that differ show swapped axes best, and the map must be wide beside usual windows. The second
# pair serves windows and divisors, the third, taken only where the others come to too few pixels,
# large strides.
_MAPS: tuple[Size, ...] = ((21, 27), (24, 32), (64, 96))
_TOKENS: tuple[Size, ...] = ((12, 12),)
# On an output of fewer pixels a side, one pixel aside and the axes swapped are hard to tell apart.
_LEAST = 4

_HINTS = {
    "swapped": 'name rows first throughout: `torch.meshgrid(rows, columns, indexing="ij")`, '
    "`b (h w) c -> b c h w`, and x before y in `grid_sample`",
    "flipped": "look for a flip that is not undone, or a grid that runs from 1 to −1",
    "shifted": "look for a roll that is not undone, or padding that is not the same on both sides",
    "zoomed": "look for a sampling grid that does not reach from border to border",
    "scrambled": "look for a `view` or `reshape` where the axes should have been permuted first",
}


def check(context: Context) -> Outcome:
    """Prove by input gradients that the output lies over the input as a feature map should.

    A dozen uneven output pixels are traced to the places of the input that they react to, with
    parameters that start at zero moved off it. Failed: those places are mirrored, transposed,
    shifted or scrambled, in whole or in one branch beside a sound one. Skipped: there is no map,
    or every pixel reads the whole map alike. It is fooled by a misplaced branch that reads every
    place or whose window is wider than its displacement, by one pixel aside in a window of five or
    more (irregular kernels are so by design), and by paths that carry no gradient.
    """
    contract = context.subject.observation.contract
    if not any(map(map_axes, contract.inputs)) or not any(map(map_axes, contract.outputs)):
        return skipped(f"no map to compare: {contract}")
    found = find_map(context, contract)
    if not found:
        return skipped("no gradient leads from a map of some pixels to a map of the input")
    several = len(contract.inputs) > 1
    if several:
        found = _of_own_size(found)
    rows = [_outcome(one, f"input {which.input + 1}: " if several else "") for which, one in found]
    wrong = [row for row in rows if row.status == "failed"]
    right = [row for row in rows if row.status == "passed"]
    return worst(wrong or right[:1] or rows[:1], passed())


def _of_own_size(
    found: list[tuple[Dependence, Alignment]],
) -> list[tuple[Dependence, Alignment]]:
    """The findings without the inputs that are enlarged and cropped to the size of another.

    A decoder so joins a map of its own and one from a skip connection, whatever sizes they have.
    """
    if not any(finding.kind == "aligned" for _, finding in found):
        return found
    return [(which, finding) for which, finding in found if finding.kind != "zoomed"]


def find_map(context: Context, contract: Contract) -> list[tuple[Dependence, Alignment]]:
    """The map from each output to each input, on the first size of map that shows enough of it.

    Where it is crowded a larger one is looked at too: what is wrong there stands out.
    """
    module = context.module(lively=True)
    *others, last = _sizes(context, contract)
    crowded: list[tuple[Dependence, Alignment]] = []
    for size in others:
        try:
            found = trace(module, context.subject.inputs(size=size), contract, size)
        except Exception:  # another size may do; the check `sizes` tells of this one
            continue
        if found and all(min(one.out_size) >= _LEAST for one, _ in found):
            if not any(answer.crowded for _, answer in found):
                return found
            crowded = crowded or found
    return crowded or trace(module, context.subject.inputs(), contract, last)


def trace(
    module: nn.Module, inputs: Sequence[object], contract: Contract, size: Size
) -> list[tuple[Dependence, Alignment]]:
    """Judge where each output of `module` reads each of the `inputs`."""
    leans = lean(module)
    return [
        (
            dependence,
            judge(
                dependence.maps,
                dependence.pixels,
                dependence.out_size,
                leans,
                dependence.channels,
                dependence.line,
            ),
        )
        for dependence in dependences(module, inputs, contract, size)
        if len(dependence.pixels) >= ENOUGH
    ]


def lean(module: nn.Module) -> tuple[float, float]:
    """How many rows and columns aside of its home a sound window may be centred.

    A kernel of even size cannot be centred: each may add half a pixel. The first half is granted
    to every module, since not every window has a weight.
    """
    shapes = [weight.shape for weight in module.parameters() if weight.dim() == 4]
    rows, columns = (sum(shape[axis] % 2 == 0 for shape in shapes) for axis in (2, 3))
    return max(1, rows) / 2, max(1, columns) / 2


def _sizes(context: Context, contract: Contract) -> Iterator[Size]:
    """Sizes of map to try: small ones where the contract leaves them free, then the observed one."""
    free = {name for axes in contract.inputs for axis in axes for name in axis.names}
    if {"h", "w"} <= free:
        yield from _MAPS
    elif "n" in free:
        yield from _TOKENS
    yield context.subject.size() or _line(context)


def _line(context: Context) -> Size:
    """A single row, for tokens that fill no square."""
    return 1, math.prod(context.subject.shapes()[0][1:2])


def _outcome(found: Alignment, before: str) -> Outcome:
    if found.wrong:
        return failed(before + found.detail, _HINTS[found.kind])
    if found.kind == "aligned":
        return passed(before + found.detail)
    return skipped(before + found.detail)
