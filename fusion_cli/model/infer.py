"""The contract of a module, inferred from its runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import SPACE, Axes, Axis, Contract, Packing, Product, parse_axis
from fusion_cli.model.observation import Run


def infer(runs: Sequence[Run], names: Sequence[str], packing: Packing = "apart") -> Contract:
    """The contract that all these runs keep.

    `names` gives the axes of each input as they were fed: `("b c h w", "b c h/2 w/2")`; equal names
    are equal sizes, so that `c` of the second input is the `c` of the first. A size that differs
    between runs is named, one that never does is a number; the batch is always named. An output axis is
    the simplest expression of named sizes that holds in every run, `c1` and `c2` where the
    channels in and out are independent.
    """
    axes = [tuple(name.split()) for name in names]
    sizes = [_named_sizes(axes, run.inputs) for run in runs]
    free = {name for name in sizes[0] if name == "b" or len({size[name] for size in sizes}) > 1}
    fixed = sizes[0].keys() - free
    inputs = tuple(
        tuple(Axis(plus=sizes[0][n]) if n in fixed else parse_axis(n) for n in axis)
        for axis in axes
    )
    free = {name for name in free if name.isalnum()}  # what is `h/2` follows from `h`
    outputs = tuple(
        _infer_output(index, runs, sizes, free, axes) for index in range(len(runs[0].outputs))
    )
    return _number_channels(Contract(inputs, outputs, packing))


def _named_sizes(axes: Sequence[tuple[str, ...]], shapes: Sequence[Shape]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for names, shape in zip(axes, shapes, strict=True):
        if shape:  # a number has no shape: its value is that of the name elsewhere
            sizes.update(zip(names, shape, strict=True))
    return sizes


def _infer_output(
    index: int,
    runs: Sequence[Run],
    sizes: Sequence[Mapping[str, int]],
    free: set[str],
    axes: Sequence[tuple[str, ...]],
) -> Axes:
    rank = len(runs[0].outputs[index])
    like = next((axis for axis in axes if len(axis) == rank), ("",) * rank)
    result: list[Axis] = []
    for position in range(rank):
        lengths = [run.outputs[index][position] for run in runs]
        expected = like[position]
        taken = {name for axis in result for name in axis.names}
        order = sorted(free, key=lambda name: (name != expected, name in taken, _place(name)))
        kind = [name for name in order if _may_stand(name, expected, position)]
        if len({size["b"] for size in sizes}) > 1 and "b" not in kind:
            kind.append("b")  # not by chance: sequences may come first
        result.append(_infer_axis(lengths, sizes, kind, f"{expected[:1] or 'c'}2"))
    return tuple(result)


def _may_stand(name: str, expected: str, position: int) -> bool:
    """Whether the length of this axis may follow from that input size."""
    if position == 0 or not expected:
        return position == 0 or name != "b"
    return name != "b" and (name in SPACE) == (expected in SPACE)


def _place(name: str) -> int:
    return "bcnhwd".find(name[0])


def _infer_axis(
    lengths: Sequence[int], sizes: Sequence[Mapping[str, int]], names: Sequence[str], own: str
) -> Axis:
    """The axis of these lengths at those sizes: `own` is its name where no expression holds."""
    batch = "b" in names and lengths == [size["b"] for size in sizes]
    if len(set(lengths)) == 1 and not batch:
        return Axis(plus=lengths[0])
    for axis in _expressions(lengths[0], sizes[0], names):
        if any(_holds(axis, lengths, sizes, up) for up in (True, False)):
            return axis
    return Axis((Product((own,)),))


def _holds(
    axis: Axis, lengths: Sequence[int], sizes: Sequence[Mapping[str, int]], up: bool
) -> bool:
    """Whether the axis has these lengths, its divisions rounded up or all rounded down."""
    products = axis.products
    exact = all(
        product.times == 1
        or math.prod(size[n] for n in product.names) * product.times % product.over == 0
        for product in products
        for size in sizes
    )
    return exact and lengths == [axis.size(size, up) for size in sizes]


def _expressions(length: int, sizes: Mapping[str, int], names: Sequence[str]) -> Iterator[Axis]:
    """Expressions that give `length` at these sizes, the simplest first.

    Channels and space are never mixed: with few runs such an expression holds by chance.
    """
    pairs = [
        (first, other)
        for first, other in itertools.combinations(sorted(names, key=_place), 2)
        if (first in SPACE) == (other in SPACE)
    ]
    products = [*((name,) for name in names), *pairs]
    scaled = [
        axis
        for product in products
        for axis in _scaled(length, math.prod(sizes[name] for name in product), product)
    ]
    yield from (axis for axis in scaled if 1 in (axis.products[0].times, axis.products[0].over))
    for first, other in pairs:
        yield Axis((Product((first,)), Product((other,))))
    for name in names:
        for over in (1, 2, 4) if name in SPACE else (1,):
            part = Product((name,), 1, over)
            yield Axis((part,), length - part.size(sizes))
    yield from scaled


def _scaled(length: int, size: int, names: tuple[str, ...]) -> Iterator[Axis]:
    if not length:
        return
    ratio = Fraction(length, size)
    if ratio.numerator == 1 or ratio.denominator <= 16:
        yield Axis((Product(names, ratio.numerator, ratio.denominator),))
    over = round(size / length)
    if over > 1:
        yield Axis((Product(names, 1, over),))


def _number_channels(contract: Contract) -> Contract:
    """`c1` for `c` where an output has the independent channels `c2`."""
    if not any("c2" in axis.names for axes in contract.outputs for axis in axes):
        return contract
    return contract.renamed({"c": "c1"})
