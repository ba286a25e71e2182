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

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

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

    def renamed(self, names: Mapping[str, str]) -> Axis:
        """The axis with other names for some sizes."""
        products = (
            replace(product, names=tuple(names.get(name, name) for name in product.names))
            for product in self.products
        )
        return replace(self, products=tuple(products))

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
        ratios = [_ratio(given, made) for given, made in zip(before, after, strict=True)]
        return None if None in ratios else tuple(ratio for ratio in ratios if ratio)

    def renamed(self, names: Mapping[str, str]) -> Contract:
        """The contract with other names for some of its sizes."""
        inputs, outputs = (
            tuple(tuple(axis.renamed(names) for axis in axes) for axes in tensors)
            for tensors in (self.inputs, self.outputs)
        )
        return replace(self, inputs=inputs, outputs=outputs)

    @property
    def is_gate(self) -> bool:
        """Whether the only output is to be multiplied with the input: `b c 1 1` or `b 1 h w`."""
        if len(self.outputs) != 1 or len(self.inputs[0]) != len(self.outputs[0]):
            return False
        single = Axis(plus=1)
        pairs = list(zip(self.inputs[0], self.outputs[0], strict=True))
        shrunk = [given for given, got in pairs if given != got == single]
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
    given, made = before.products[0], after.products[0]
    if given.names != made.names:
        return None
    return Fraction(made.times * given.over, made.over * given.times)


_PRODUCT = re.compile(
    r"(?P<names>[A-Za-z_]\w*(?:\*[A-Za-z_]\w*)*)(?:\*(?P<times>\d+))?(?:/(?P<over>\d+))?"
)
_AXIS = re.compile(r"(?P<products>[A-Za-z_].*?)(?P<plus>[+-]\d+)?|(?P<size>\d+)")


def _parse_tensors(text: str) -> tuple[Axes, ...]:
    return tuple(
        () if part == _SCALAR else tuple(map(parse_axis, part.split(" ")))
        for part in text.split(", ")
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
