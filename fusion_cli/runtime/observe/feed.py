"""What to feed a module that nothing is known of: layouts, sizes, and what its errors say of both."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from fusion_cli.model.basics import Shape
from fusion_cli.model.contract import Packing, parse_axis

BATCH, SIZE, WIDTH = 2, 16, 64

MAP, NHWC, TOKENS, SERIES = "b c h w", "b h w c", "b n c", "b c n"
VECTOR, VOLUME = "b c", "b c d h w"
_ONE = (MAP, TOKENS, NHWC, SERIES, VECTOR, VOLUME)
_TWO = (
    (MAP, MAP),
    (TOKENS, TOKENS),
    (MAP, "b c2 h w"),  # a skip connection of other channels
    (MAP, "b c2"),  # an embedding or weights for each sample
    (NHWC, NHWC),
    (MAP, "b n2 c2"),  # a sequence to attend to
    (TOKENS, "b n2 c2"),
    (TOKENS, "b c2"),
)
_WIDTHS = ("c", *(f"c{number}" for number in range(2, 9)))
_SCALARS = {"h": "h", "w": "w", "height": "h", "width": "w"}

_A_SIZE = re.compile(r"(size|shape|hw|resolution|res|grid)$", re.IGNORECASE)
_SIZES = (17, 32, 14, 56, 64, 224, 299)
_WIDTH_IN_ERROR = (
    r"to have (\d+) channels",
    r"running_mean should contain \d+ elements not (\d+)",
    r"normalized_shape=\[(\d+)\]",
    r"mat1 and mat2 shapes cannot be multiplied \(\d+x\d+ and (\d+)x\d+\)",
    r"weight of (?:shape|size) \[(\d+)\]",
)


@dataclass(frozen=True)
class Feed:
    """The inputs of one forward: the axes of each, as a contract writes them, and the named sizes.

    A lone `h` is a number.
    """

    names: tuple[str, ...]
    sizes: Mapping[str, int]
    packing: Packing = "apart"

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of each input, `()` for a number."""
        return tuple(
            (
                tuple(parse_axis(axis).size(self.sizes, up=False) for axis in name.split())
                if " " in name
                else ()
            )
            for name in self.names
        )

    @property
    def width(self) -> int:
        return self.sizes["c"]

    def arguments(self, seed: int = 1) -> list[Any]:
        """The arguments of `forward`: normally distributed tensors, the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        values: list[Any] = [
            torch.randn(shape, generator=generator) if shape else self.sizes[name]
            for name, shape in zip(self.names, self.shapes, strict=True)
        ]
        if self.packing == "pair":
            return [*values[:-2], tuple(values[-2:])]
        return [values] if self.packing == "list" else values

    def wide(self, width: int, name: str = "c") -> Feed:
        """The same inputs with another number of channels (`c2`: of the second input's own)."""
        return replace(self, sizes={**self.sizes, name: width})

    @property
    def numel(self) -> int:
        """How many numbers the tensors hold."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def widths(self) -> list[str]:
        """The names of the channels."""
        names = {name for read in self.names for name in read.split()}
        return sorted(names & {"c", "c2"})

    def stepped(self) -> Iterator[Feed]:
        """The same maps in steps of twice and of half the size, as the stages of a network give them.

        Two also with channels of their own, as a skip connection has.
        """
        if len(self.names) < 2 or not set(self.names) <= {MAP, *(f"b {c} h w" for c in _WIDTHS)}:
            return
        for sign in "*/":
            names = (
                self.names[0],
                *(_at(name, f"{sign}{2**i}") for i, name in enumerate(self.names) if i),
            )
            yield replace(self, names=names)
            if self.names == (MAP, MAP):
                yield replace(self, names=(MAP, names[1].replace("c", "c2")))

    def sized(self, height: int, width: int) -> Feed:
        """The same inputs at another height and width, `height * width` tokens."""
        scale = {"h": height / self.sizes["h"], "w": width / self.sizes["w"]}
        sizes = {
            name: max(1, round(size * scale.get(name[0], 1))) for name, size in self.sizes.items()
        }
        return replace(self, sizes={**sizes, "n": height * width})

    def __str__(self) -> str:
        texts = ["×".join(map(str, shape)) if shape else "a number" for shape in self.shapes]
        if self.packing == "pair":
            texts = [*texts[:-2], f"a pair of numbers {self.sizes['h'], self.sizes['w']}"]
        return ("a list of " if self.packing == "list" else "") + " and ".join(texts)


def feeds(
    forward: inspect.Signature,
    width: int,
    demo: Sequence[Shape],
    lists: Sequence[Sequence[int]] = (),
) -> Iterator[Feed]:
    """Feeds to try on a forward of that signature, the likeliest first.

    Maps come before tokens and those before channels-last maps; what the file's demo feeds, its
    space scaled down, comes before all. `lists` are the channels of maps that may be wanted in one
    list, as arguments name them.
    """
    wanted = _required(forward)
    if demo and (len(demo) == len(wanted) or len(wanted) == 1):
        yield _like_demo(demo, width, "list" if len(demo) > len(wanted) else "apart")
    size = SIZE if width != SIZE else 2 * SIZE  # else a wrong layout could run by chance
    space = {"h": size, "w": size, "d": 8, "n": size * size, "n2": 24}
    sizes = {"b": BATCH, "c": width, "c2": width, **space}
    pairs = [Feed((one, "h", "w"), sizes, "pair") for one in (TOKENS, MAP, NHWC)]
    if len(wanted) == 2 and _A_SIZE.search(wanted[1]):
        yield from pairs
    for names in _layouts(wanted):
        yield Feed(names, sizes)
    if len(wanted) == 1:
        for widths in dict.fromkeys([*map(tuple, lists), (width,) * 2, (width,) * 3]):
            yield _in_a_list(widths, sizes)


def _in_a_list(widths: Sequence[int], sizes: Mapping[str, int]) -> Feed:
    """Maps of these channels in one list; equal ones have one name."""
    names = dict(zip(dict.fromkeys(widths), _WIDTHS, strict=False))
    wide = {name: width for width, name in names.items()}
    return Feed(tuple(f"b {names[width]} h w" for width in widths), {**sizes, **wide}, "list")


def from_shapes(shapes: Sequence[Shape], width: int | None = None) -> Feed:
    """The feed of exactly these shapes; `width` tells which axis of a sequence holds the channels."""
    names: list[str] = []
    sizes: dict[str, int] = {}
    for shape in shapes:
        one: list[str] = []
        for name, size in zip(_axes_of(shape, width), shape, strict=True):
            step = _step(sizes.get(name, size), size) if name in ("h", "w") else ""
            while not step and sizes.setdefault(name, size) != size:
                name = f"{name[0]}{int(name[1:] or 1) + 1}"
            one.append(name + step)
        names.append(" ".join(one))
    scalars = iter("hw" * len(shapes))
    names = [name or next(scalars) for name in names]
    side = math.isqrt(sizes.get("n", SIZE * SIZE))
    defaults = {"b": BATCH, "c": WIDTH, "h": side, "w": side, "d": 8, "n": side * side}
    return Feed(tuple(names), {**defaults, **sizes})


def _step(first: int, size: int) -> str:
    """How a contract writes that a map is so much larger or smaller than the first: `*2`, `/4`."""
    over, left = divmod(max(first, size), min(first, size))
    power = over > 1 and not left and over & (over - 1) == 0
    return f"{'*' if size > first else '/'}{over}" if power else ""


def _at(axes: str, step: str) -> str:
    """`b c h w` as a map of another size: `b c h*2 w*2`."""
    return axes.replace("h", f"h{step}").replace("w", f"w{step}")


def widths_in(message: str, width: int) -> list[int]:
    """The numbers of channels that an error message may ask for, the likeliest first.

    Where a concatenation gave too many, the input may be one of its parts.
    """
    found = [int(match) for pattern in _WIDTH_IN_ERROR for match in re.findall(pattern, message)]
    if wrong := re.search(r"to have (\d+) channels, but got (\d+)", message):
        found.insert(0, width + int(wrong[1]) - int(wrong[2]))
    found += [int(match) for match in re.findall(r"\d+", message)[:12]]
    return [one for one in dict.fromkeys(found) if 0 < one <= 4096 and one != width]


def sizes_in(message: str, named: Sequence[int]) -> list[int]:
    """The heights that an error message may ask for, those that arguments name, and usual ones."""
    numbers = [int(match) for match in re.findall(r"\d+", message)]
    sides = [math.isqrt(number) for number in numbers if math.isqrt(number) ** 2 == number]
    found = [one for one in (*named, *numbers, *sides) if 4 <= one <= 512 and one != SIZE]
    return list(dict.fromkeys([*found, *_SIZES]))[:12]


def _required(forward: inspect.Signature) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    empty = inspect.Parameter.empty
    names = [p.name for p in forward.parameters.values() if p.kind in kinds and p.default is empty]
    return names or ["x"]


def _layouts(wanted: Sequence[str]) -> Iterator[tuple[str, ...]]:
    named = [_SCALARS.get(name.lower()) for name in wanted]
    if set(named) == {None, "h", "w"}:
        for one in (TOKENS, MAP, NHWC):
            yield tuple(scalar or one for scalar in named)
    elif len(wanted) == 2:
        yield from _TWO
    else:
        yield from ((one,) * len(wanted) for one in _ONE)


def _like_demo(demo: Sequence[Shape], width: int, packing: Packing) -> Feed:
    """The demo's feed at batch 2 and, where it divides, at 16 rows and columns."""
    feed = replace(from_shapes(demo, width), packing=packing)
    height, breadth = feed.sizes["h"], feed.sizes["w"]
    small = max(1, min(height, breadth) // SIZE)
    sized = feed.sized(height // small, breadth // small)
    return replace(sized, sizes={**sized.sizes, "b": BATCH, "c": width})


def _axes_of(shape: Shape, width: int | None) -> list[str]:
    by_rank = {0: "", 2: VECTOR, 3: TOKENS, 4: MAP, 5: VOLUME}
    names = by_rank.get(len(shape), " ".join("bcdhwxyz"[: len(shape)]))
    if len(shape) == 4 and shape[1] == shape[2] != shape[3]:
        names = NHWC
    if len(shape) == 3 and width and shape[1] == width != shape[2]:
        names = SERIES
    return names.split()
