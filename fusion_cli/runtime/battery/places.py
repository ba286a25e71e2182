"""Where single output pixels should read the input, and where they do. Pure arithmetic.

A *dependence map* says how strongly one output pixel reacts to each place of the input. The place
under an output pixel, when the centres of both maps are laid on each other, is its *home*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pixels = NDArray[np.int64]
Mask = NDArray[np.bool_]
Size = tuple[int, int]

# Float32 rounding leaves about 1e-7 of the peak where the true dependence is zero, and a branch
# behind two default initialised layers adds about 1e-3: the line lies between the two.
_NOISE = 1e-5
# A map counts as local if this share of it has no influence at all.
_UNTOUCHED = 0.05
# Where everything reacts (attention, a global gate), the place that stands out does so by many
# times the spread of the rest: measured 17 and more for attention, under 4 for pure filters.
_STANDS_OUT = 8.0
# Attention spreads half of its dependence over the map, a global gate a seventh and less: only what
# holds more than this share is so distinct that places without a rule prove disorder.
_SHARP = 0.75
# Weights of one kernel differ by less than this factor, summed over the channels, and what a gate
# reads of its own line is a tenth of what stands behind it.
_ABOVE = 3.0
# Fewer places than this cannot tell a map from chance.
ENOUGH = 4


@dataclass(frozen=True)
class Readings:
    """What is known of each output pixel: its home in the input and the places that it reads."""

    pixels: Pixels  # k, 2: rows and columns of the output
    homes: Array  # k, 2: rows and columns of the input
    slack: Array  # 2: how far aside of home the conventions of strides put the middle of a window
    lean: Array  # 2: how far aside windows of even size put it
    reads: Mask  # k, h, w
    local: bool  # part of the map has no influence at all
    sharp: bool  # what is read is nearly all that has influence

    @property
    def size(self) -> Size:
        return self.reads.shape[1], self.reads.shape[2]

    @cached_property
    def boxes(self) -> tuple[Array, Array]:
        """First and last row and column that each output pixel reads, each of shape (k, 2)."""
        spans = [_span(np.asarray(self.reads.any(axis=axis))) for axis in (2, 1)]
        low, high = (np.stack([span[end] for span in spans], axis=1) for end in (0, 1))
        return low, high

    @cached_property
    def centres(self) -> Array:
        """The mean place that each output pixel reads, of shape (k, 2)."""
        return np.stack([np.argwhere(read).mean(axis=0) for read in self.reads])

    @cached_property
    def alike(self) -> Array:
        """How many of the output pixels read each offset from home, NaN where few of them could.

        Of shape (2 h - 1, 2 w - 1), home in the middle.
        """
        height, width = self.size
        hits = np.zeros((2 * height - 1, 2 * width - 1))
        chances = np.zeros_like(hits)
        for read, home in zip(self.reads, np.rint(self.homes).astype(int), strict=True):
            top, left = height - 1 - home[0], width - 1 - home[1]
            hits[top : top + height, left : left + width] += read
            chances[top : top + height, left : left + width] += 1
        return np.where(chances >= ENOUGH, hits / np.maximum(chances, 1), np.nan)

    @cached_property
    def window(self) -> tuple[Array, Array]:
        """First and last offset from home of the unbroken window that most output pixels read."""
        height, width = self.size
        most = np.nan_to_num(self.alike) >= 0.5
        rows = np.asarray(most[:, width - 2 : width + 1].any(axis=1))
        columns = np.asarray(most[height - 2 : height + 1].any(axis=0))
        before = [_run(rows[height - 2 :: -1]), _run(columns[width - 2 :: -1])]
        after = [_run(rows[height:]), _run(columns[width:])]
        return -np.array(before, dtype=np.float64), np.array(after, dtype=np.float64)

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """First and last offset from home of all that is read; NaN where the border may cut it."""
        low, high = self.boxes
        first = np.where(low > 0, low - self.homes, np.nan)
        last = np.where(high < np.array(self.size) - 1, high - self.homes, np.nan)
        return _middle(first), _middle(last)

    @cached_property
    def reach(self) -> tuple[Array, Array]:
        """First and last offset from home that each output pixel reads, each of shape (k, 2).

        NaN where the border leaves no room for the window: part of it may be lost, or come in again
        at the other side.
        """
        first, last = self.bounds
        room = (self.homes + first >= 0) & (self.homes + last <= np.array(self.size) - 1)
        low, high = self.boxes
        return np.where(room, low - self.homes, np.nan), np.where(room, high - self.homes, np.nan)


def _span(line: Mask) -> tuple[Array, Array]:
    """First and last true place of each row of `line`."""
    last = line.shape[1] - 1 - line[:, ::-1].argmax(axis=1)
    return line.argmax(axis=1).astype(np.float64), last.astype(np.float64)


def _run(line: Mask) -> int:
    """How many true values `line` begins with."""
    return len(line) if line.all() else int(line.argmin())


def _middle(lengths: Array) -> Array:
    """The median of each column, NaN where too few are known."""
    known = [column[~np.isnan(column)] for column in lengths.T]
    return np.array([np.median(one) if len(one) >= ENOUGH else np.nan for one in known])


def share(hits: Mask, lengths: Array) -> Array:
    """In how many of the known `lengths` of each column `hits` is true; 0 where too few are known."""
    known = ~np.isnan(lengths)
    counts = known.sum(axis=0)
    return np.where(counts >= ENOUGH - 1, (hits & known).sum(axis=0) / np.maximum(counts, 1), 0.0)


def readings_of(
    dependence: Array, pixels: Pixels, out_size: Size, lean: tuple[float, float]
) -> Iterator[Readings]:
    """What the dependence maps (k, h, w) of the `pixels` (k, 2) show; nothing if no place stands out.

    First all that is read, then, where a gate lies over it, what stands out of the gate. Every map
    must have a peak above zero.
    """
    size = dependence.shape[1], dependence.shape[2]
    homes, slack = homes_of(pixels, out_size, size)
    aside = np.array(lean) * np.maximum(steps(out_size, size), 1)
    reads, local = places_read(dependence)
    above = reads & stands_out(dependence)
    for one in (reads, above) if (above != reads).any() else (reads,):
        seen = np.asarray(one.any(axis=(1, 2)))
        if seen.sum() >= max(ENOUGH, 0.6 * len(seen)):
            sharp = local or bool((dependence * one).sum() > _SHARP * dependence.sum())
            yield Readings(pixels[seen], homes[seen], slack, aside, one[seen], local, sharp)


def stands_out(dependence: Array) -> Mask:
    """Where an output pixel reads several times more than is usual on that line of the map.

    A gate that pools lines or the whole map reads all of a line alike.
    """
    usual = [np.median(dependence, axis=axis, keepdims=True) for axis in (1, 2, (1, 2))]
    return np.asarray(dependence > _ABOVE * np.maximum(np.maximum(usual[0], usual[1]), usual[2]))


def places_read(dependence: Array) -> tuple[Mask, bool]:
    """The places that each output pixel reads (k, h, w), and whether the module is local.

    What all output pixels read alike (the argument of a global maximum) tells nothing about
    places and is left out, if it is a few places only; an untouched rest shows a local module.
    What no output pixel reads was cropped away, and tells nothing either.
    """
    scaled = dependence / dependence.max(axis=(1, 2), keepdims=True)
    inside = scaled[:, (scaled >= 0.1 * _NOISE).any(axis=0)]
    local = bool(np.mean(inside < 0.1 * _NOISE) >= _UNTOUCHED)
    line = np.full((len(scaled), 1, 1), _NOISE)
    if not local:
        quantiles = np.quantile(inside, (0.1, 0.5, 0.9), axis=1)
        low, middle, high = quantiles[:, :, None, None]
        # A wide window lifts the upper tail; the lower one, mirrored by ratio, it leaves alone.
        spread = np.minimum(high, middle * middle / np.maximum(low, 1e-30)) - middle
        line = np.maximum(line, middle + np.maximum(middle, _STANDS_OUT * spread))
    reads = scaled > line
    common = reads.mean(axis=0) > 0.8
    if common.mean() < 0.2:
        reads &= ~(common & (scaled < 10 * np.median(scaled, axis=0)))
    return reads, local


def homes_of(pixels: Pixels, out_size: Size, in_size: Size) -> tuple[Array, Array]:
    """The place under each output pixel, and how far from it usual conventions may lie.

    The centres of both maps coincide. A convolution of stride s that leaves out the last r < s
    pixels lies r / 2 before that; nearest upsampling lies as much aside, in input pixels.
    """
    homes, slack = np.zeros(pixels.shape), np.zeros(2)
    for axis, step in enumerate(steps(out_size, in_size)):
        centre = (out_size[axis] - 1) / 2
        homes[:, axis] = (pixels[:, axis] - centre) * step + (in_size[axis] - 1) / 2
        slack[axis] = abs(step - 1) / 2
    return homes, slack


def steps(out_size: Size, in_size: Size) -> list[float]:
    """Input pixels per output pixel: whole numbers or their inverses, but where those drift off."""
    return [_step(given, out) for given, out in zip(in_size, out_size, strict=True)]


def _step(given: int, out: int) -> float:
    """A stride that leaves so many pixels, padded or not; else the plain ratio."""
    if out > given:
        whole = 1 / round(out / given)
        return whole if abs(given - whole * out) <= 1 else given / out
    strides = range(1, given + 1)
    padded = next((step for step in strides if -(-given // step) == out), 0)
    bare = next((step for step in strides if given // step == out), 0)
    near = round(given / out)
    # A few unpadded convolutions take four pixels from a map; a resized one is less by any number.
    return float(padded or bare or (near if given - near * out <= 4 else given / out))
