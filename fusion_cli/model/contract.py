"""Contracts: what a module takes and gives, written as einops does and observed, not declared.

    contract = inputs "->" outputs        inputs, outputs: axes separated by ", "
    axes     = axis {" " axis}            one tensor (`b c h w`) or one number (`h`)
    axis     = [product {"+" product}] [("+" | "-") number]
    product  = name {"*" name} ["*" number] ["/" number]

`b` is the batch, `c`, `c1`, `c2` are channels, `h`, `w`, `d` space, `n` tokens; a plain number is
a size that never changes, and `()` a tensor without axes. Inputs in square brackets are handed
over as one list, two numbers in round ones as one tuple: `b n c, (h, w)`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from fusion_cli.model.basics import Shape
from fusion_cli.model.observation import Observation, Run

Layout = Literal["nchw", "nhwc", "tokens", "other"]
Packing = Literal["apart", "list", "pair"]
Role = Literal["in", "out", "stride"]  # what a constructor parameter may decide
SPACE = frozenset("dhwn") | {"n2"}
_SCALAR = "()"


@dataclass(frozen=True)
class Product:
    """`names[0] * names[1] * ... * times / over`.

    The text does not say how a division is rounded: a padded convolution rounds up, most pooling
    down.
    """

    names: tuple[str, ...]
    times: int = 1
    over: int = 1

    def __post_init__(self) -> None:
        if not self.names or self.times < 1 or self.over < 1:
            raise ValueError("a product needs a name and positive numbers")

    def __str__(self) -> str:
        times = f"*{self.times}" if self.times != 1 else ""
        return "*".join(self.names) + times + (f"/{self.over}" if self.over != 1 else "")

    def size(self, sizes: Mapping[str, int], up: bool = True) -> int:
        whole = math.prod(sizes[name] for name in self.names) * self.times
        return -(-whole // self.over) if up else whole // self.over


@dataclass(frozen=True)
class Axis:
    """One axis: a sum of products plus a number; without products it is a fixed size."""

    products: tuple[Product, ...] = ()
    plus: int = 0

    def __str__(self) -> str:
        if not self.products:
            return str(self.plus)
        return "+".join(map(str, self.products)) + (f"{self.plus:+d}" if self.plus else "")

    def size(self, sizes: Mapping[str, int], up: bool = True) -> int:
        """The length of this axis where the named sizes are these, divisions rounded up or down."""
        return sum(product.size(sizes, up) for product in self.products) + self.plus

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for product in self.products for name in product.names)

    @property
    def is_channel(self) -> bool:
        return any(name.startswith("c") for name in self.names)

    @property
    def is_space(self) -> bool:
        return bool(self.names) and self.names <= SPACE


Axes = tuple[Axis, ...]


@dataclass(frozen=True)
class Contract:
    """What a module takes and gives.

    `packing` tells how it takes its inputs: each apart, all as one list, or the last two, which are
    numbers, as one tuple.
    """

    inputs: tuple[Axes, ...]
    outputs: tuple[Axes, ...]
    packing: Packing = "apart"

    def __str__(self) -> str:
        given = packed_text([*map(_axes_text, self.inputs)], self.packing)
        return f"{given} -> {', '.join(map(_axes_text, self.outputs))}"

    @cached_property
    def layout(self) -> Layout:
        """The layout of the first input."""
        return layout(self.inputs[0])

    @property
    def keeps_channels(self) -> bool:
        """Whether the first output has as many channels as the first input, whatever they are."""
        return channel(self.inputs[0]) == channel(self.outputs[0]) is not None

    @property
    def keeps_layout(self) -> bool:
        return layout(self.inputs[0]) == layout(self.outputs[0])

    @cached_property
    def scale(self) -> tuple[Fraction, ...] | None:
        """Output over input size along each axis of space: `(1/2, 1/2)` where a map is halved.

        None where the output's space is no multiple of the input's, as in `b c h w -> b c 1 1`.
        """
        before, after = space(self.inputs[0]), space(self.outputs[0])
        if len(before) != len(after):
            return None
        ratios = [_ratio(one, other) for one, other in zip(before, after, strict=True)]
        return None if None in ratios else tuple(ratio for ratio in ratios if ratio)

    @property
    def is_gate(self) -> bool:
        """Whether the only output is to be multiplied with the input: `b c 1 1` or `b 1 h w`."""
        if len(self.outputs) != 1 or len(self.inputs[0]) != len(self.outputs[0]):
            return False
        one = Axis(plus=1)
        pairs = list(zip(self.inputs[0], self.outputs[0], strict=True))
        shrunk = [given for given, got in pairs if given != got == one]
        kept = [given for given, got in pairs if given == got]
        alike = len({given.is_channel for given in shrunk}) == 1
        return alike and len(shrunk) + len(kept) == len(pairs)


def layout(axes: Axes) -> Layout:
    """The layout of one tensor, by where its channels stand; its space may be of a fixed size."""
    kinds = "b" + "".join("c" if _is_width(axis, axes) else "s" for axis in axes[1:])
    known: dict[str, Layout] = {"bcss": "nchw", "bssc": "nhwc", "bsc": "tokens"}
    return known.get(kinds, "other")


def channel(axes: Axes) -> Axis | None:
    """The axis of channels of one tensor, or None where there is none."""
    return next((axis for axis in axes if _is_width(axis, axes)), None)


def space(axes: Axes) -> Axes:
    """All axes of one tensor but the batch and the channels."""
    return tuple(axis for axis in axes[1:] if axis != channel(axes))


def factor(observation: Observation, role: Literal["in", "out"]) -> Fraction | None:
    """Channels per unit of the parameter of that role: 4 where the output has `planes * 4`.

    None where no parameter has the role or its value is not written as a number.
    """
    text = observation.base.args.get(observation.roles.get(role, ""), "")
    contract = parse(observation.contract)
    axes, shapes = contract.inputs, observation.base.inputs
    if role == "out":
        axes, shapes = contract.outputs, observation.base.outputs
    width = channel(axes[0])
    if not text.isdecimal() or width is None:
        return None
    return Fraction(shapes[0][axes[0].index(width)], int(text))


def parse(text: str) -> Contract:
    """The contract that `text` writes; `str` gives the same text back.

    Raises ValueError, naming the part, where it is not written in the grammar above.
    """
    given, arrow, gives = text.partition(" -> ")
    if not arrow:
        raise ValueError(f"a contract needs ` -> `: {text!r}")
    packing: Packing = "apart"
    if given.startswith("[") and given.endswith("]"):
        given, packing = given[1:-1], "list"
    elif pair := re.search(r"\((\w+, \w+)\)$", given):
        given, packing = given[: pair.start()] + pair[1], "pair"
    return Contract(_parse_tensors(given), _parse_tensors(gives), packing)


def packed_text(inputs: Sequence[str], packing: Packing) -> str:
    """The inputs as a contract and a call write them: `x, (h, w)`."""
    if packing == "pair":
        inputs = [*inputs[:-2], f"({', '.join(inputs[-2:])})"]
    text = ", ".join(inputs)
    return f"[{text}]" if packing == "list" else text


def infer(runs: Sequence[Run], names: Sequence[str], packing: Packing = "apart") -> Contract:
    """The contract that all these runs keep.

    `names` gives the axes of each input as they were fed: `("b c h w", "b c h/2 w/2")`; equal names
    are equal sizes, so that `c` of the second input is the `c` of the first. A size that differs
    between runs is named, one that never does is a number; the batch is always named. An output axis is
    the simplest expression of named sizes that holds in every run, `c1` and `c2` where the
    channels in and out are independent.
    """
    axes = [tuple(one.split()) for one in names]
    sizes = [_named_sizes(axes, run.inputs) for run in runs]
    free = {name for name in sizes[0] if name == "b" or len({one[name] for one in sizes}) > 1}
    fixed = sizes[0].keys() - free
    inputs = tuple(
        tuple(Axis(plus=sizes[0][n]) if n in fixed else parse_axis(n) for n in one) for one in axes
    )
    free = {name for name in free if name.isalnum()}  # what is `h/2` follows from `h`
    outputs = tuple(
        _infer_output(index, runs, sizes, free, axes) for index in range(len(runs[0].outputs))
    )
    return _number_channels(Contract(inputs, outputs, packing))


def _axes_text(axes: Axes) -> str:
    return " ".join(map(str, axes)) or _SCALAR


def _is_width(axis: Axis, axes: Axes) -> bool:
    """Whether this is the axis of channels, also where the width is a fixed number."""
    if any(other.is_channel for other in axes):
        return axis.is_channel
    fixed = [other for other in axes[1:] if not other.is_space]
    return len(fixed) == 1 and axis is fixed[0]


def _ratio(before: Axis, after: Axis) -> Fraction | None:
    if before == after:
        return Fraction(1)
    if before.plus or after.plus or len(before.products) != 1 or len(after.products) != 1:
        return None
    one, other = before.products[0], after.products[0]
    if one.names != other.names:
        return None
    return Fraction(other.times * one.over, other.over * one.times)


_PRODUCT = re.compile(
    r"(?P<names>[A-Za-z_]\w*(?:\*[A-Za-z_]\w*)*)(?:\*(?P<times>\d+))?(?:/(?P<over>\d+))?"
)
_AXIS = re.compile(r"(?P<products>[A-Za-z_].*?)(?P<plus>[+-]\d+)?|(?P<size>\d+)")


def _parse_tensors(text: str) -> tuple[Axes, ...]:
    return tuple(
        () if one == _SCALAR else tuple(map(parse_axis, one.split(" "))) for one in text.split(", ")
    )


def parse_axis(text: str) -> Axis:
    """The axis that `text` writes; ValueError where it is not written in the grammar above."""
    found = _AXIS.fullmatch(text)
    if not found:
        raise ValueError(f"not an axis of a contract: {text!r}")
    products = found["products"].split("+") if found["products"] else []
    axis = Axis(tuple(map(_parse_product, products)), int(found["plus"] or found["size"] or 0))
    if str(axis) != text:
        raise ValueError(f"write {str(axis)!r} for the axis {text!r}")
    return axis


def _parse_product(text: str) -> Product:
    found = _PRODUCT.fullmatch(text)
    if not found:
        raise ValueError(f"not a product of sizes: {text!r}")
    names = tuple(found["names"].split("*"))
    return Product(names, int(found["times"] or 1), int(found["over"] or 1))


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
    like = next((one for one in axes if len(one) == rank), ("",) * rank)
    result: list[Axis] = []
    for position in range(rank):
        lengths = [run.outputs[index][position] for run in runs]
        expected = like[position]
        taken = {name for axis in result for name in axis.names}
        order = sorted(free, key=lambda name: (name != expected, name in taken, _place(name)))
        kind = [name for name in order if _may_stand(name, expected, position)]
        if len({one["b"] for one in sizes}) > 1 and "b" not in kind:
            kind.append("b")  # not by chance: sequences may come first
        result.append(_infer_axis(lengths, sizes, kind, f"{expected[:1] or 'c'}2"))
    return tuple(result)


def _may_stand(name: str, expected: str, position: int) -> bool:
    """Whether the length of this axis may be told by that input size."""
    if position == 0 or not expected:
        return position == 0 or name != "b"
    return name != "b" and (name in SPACE) == (expected in SPACE)


def _place(name: str) -> int:
    return "bcnhwd".find(name[0])


def _infer_axis(
    lengths: Sequence[int], sizes: Sequence[Mapping[str, int]], names: Sequence[str], own: str
) -> Axis:
    """The axis of these lengths at those sizes: `own` is its name where no expression holds."""
    batch = "b" in names and lengths == [one["b"] for one in sizes]
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
        or math.prod(one[n] for n in product.names) * product.times % product.over == 0
        for product in products
        for one in sizes
    )
    return exact and lengths == [axis.size(one, up) for one in sizes]


def _expressions(length: int, sizes: Mapping[str, int], names: Sequence[str]) -> Iterator[Axis]:
    """Expressions that give `length` at these sizes, the simplest first.

    Channels and space are never mixed: with few runs such an expression holds by chance.
    """
    pairs = [
        (one, other)
        for one, other in itertools.combinations(sorted(names, key=_place), 2)
        if (one in SPACE) == (other in SPACE)
    ]
    products = [*((name,) for name in names), *pairs]
    scaled = [
        axis
        for product in products
        for axis in _scaled(length, math.prod(sizes[name] for name in product), product)
    ]
    yield from (axis for axis in scaled if 1 in (axis.products[0].times, axis.products[0].over))
    for one, other in pairs:
        yield Axis((Product((one,)), Product((other,))))
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
    return parse(re.sub(r"\bc\b", "c1", str(contract)))
