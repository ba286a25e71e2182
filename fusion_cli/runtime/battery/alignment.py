"""Which map leads from output pixels to the places that they read? Pure arithmetic.

An aligned module reads around the home of each output pixel. This file finds where else the
places lie: at the mirror image, with the axes swapped, some pixels aside, or by no rule at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fusion_cli.runtime.battery.causal import is_masked, is_one_sided
from fusion_cli.runtime.battery.places import (
    ENOUGH,
    Array,
    Mask,
    Pixels,
    Readings,
    Size,
    homes_of,
    readings_of,
    share,
    steps,
)
from fusion_cli.runtime.battery.views import is_hidden, is_mixed, shares_read

MapKind = Literal[
    "aligned", "shifted", "flipped", "swapped", "zoomed", "scrambled", "global", "silent"
]

# Measured: misplaced maps behind a shortcut read up to 0.3 of the map, attention that starts out
# favouring far places 0.6, pooling gates 0.8 and more.
_CROWDED = 0.45


@dataclass(frozen=True)
class Alignment:
    """The map that was found from output pixels to places of the input.

    Where the map is `crowded`, some rule leads to places that are read, but so are all others around
    them: a larger map may tell.
    """

    kind: MapKind
    detail: str
    crowded: bool = False

    @property
    def wrong(self) -> bool:
        return self.kind in ("shifted", "flipped", "swapped", "zoomed", "scrambled")


@dataclass(frozen=True)
class Rule:
    """One way in which places go wrong, by its name and the places that it leads to."""

    kind: MapKind
    says: str
    places: Array


def judge(
    dependence: Array,
    pixels: Pixels,
    out_size: Size,
    lean: tuple[float, float] = (0.5, 0.5),
    channels: tuple[int, ...] = (),
    line: bool = False,
) -> Alignment:
    """Name the map that leads from output pixels to the places of the input that they read.

    `dependence` (k, h, w) holds one map for each of the `pixels` (k, 2) of an output of `out_size`;
    `lean` says how many rows and columns aside of home a window may be centred, and `channels`
    what numbers of channels a view may have mixed with places. On a `line` of tokens a window may
    end at home: so reads what is causal.
    """
    peaks = dependence.max(axis=(1, 2))
    if (peaks > 0).sum() < ENOUGH:
        return Alignment("silent", "the output does not react to this input")
    dependence, pixels = dependence[peaks > 0], pixels[peaks > 0]
    found = list(readings_of(dependence, pixels, out_size, lean))
    if not found:
        return Alignment("global", "every output pixel reads the whole map, no place stands out")
    ruled = next(filter(None, (_ruled(one, out_size) for one in found)), None)
    mixed = next(filter(None, (_mixed(one, out_size, channels) for one in found)), None)
    # What stands out of a gate is a window of its own; of a local module it is a part of one.
    windows = [found[0], *(one for one in found[1:] if not one.local)]
    windows = [window for window in windows if not (line and is_one_sided(window))]
    moved = next(filter(None, map(_aside, windows)), None)
    answer = ruled or mixed or moved or _in_place(found[0], out_size)
    crowded = any(
        any(_is_crowded(rule, one) for rule in _rules(one, out_size))
        or _may_be_mixed(one, out_size, channels)
        for one in found
    )
    return answer if answer.wrong else replace(answer, crowded=crowded)


def _ruled(readings: Readings, out_size: Size) -> Alignment | None:
    """The first of the named rules that leads to the places read, to all or to some of them."""
    rules = list(_rules(readings, out_size))
    moved = next((rule for rule in rules if _explains(rule, readings)), None)
    if moved is not None:
        return _found(moved, readings)
    hidden = next((rule for rule in rules if _hides(rule, readings)), None)
    return _found(hidden, readings, "among other places, ") if hidden is not None else None


def _mixed(readings: Readings, out_size: Size, channels: tuple[int, ...]) -> Alignment | None:
    """Whether a view takes channels for places."""
    shares = shares_read(readings, out_size, channels)
    if not any(is_mixed(own, others, _CROWDED) for own, others in shares):
        return None
    return _found(Rule("scrambled", "channels taken for places", readings.centres), readings)


def _may_be_mixed(readings: Readings, out_size: Size, channels: tuple[int, ...]) -> bool:
    shares = shares_read(readings, out_size, channels)
    return any(is_hidden(own, others, _CROWDED) for own, others in shares)


def _in_place(readings: Readings, out_size: Size) -> Alignment:
    says = _scale(steps(out_size, readings.size))
    return _found(Rule("aligned", says, readings.homes), readings)


def _scale(step: list[float]) -> str:
    if max(step) == min(step) == 1:
        return "in place"
    if max(step) <= 1:
        return f"in place, upsampled by {1 / min(step):.3g}"
    return f"in place, stride {max(step):.3g}"


def _rules(readings: Readings, out_size: Size) -> Iterator[Rule]:
    """The named ways in which whole maps go wrong, applied to the homes of the output pixels."""
    height, width = readings.size
    rows, columns = readings.homes.T
    up, left = height - 1 - rows, width - 1 - columns
    if height > 1:
        yield Rule("flipped", "rows reversed", _pair(up, columns))
    if width > 1:
        yield Rule("flipped", "columns reversed", _pair(rows, left))
    if height == 1 or width == 1:
        return
    yield Rule("flipped", "turned by 180°", _pair(up, left))
    ratio = (height - 1) / (width - 1)
    yield Rule("swapped", "axes swapped", _pair(columns * ratio, rows / ratio))
    yield Rule("swapped", "turned by 90°", _pair(columns * ratio, up / ratio))
    yield Rule("swapped", "turned by 90°", _pair(left * ratio, rows / ratio))
    yield Rule("swapped", "axes swapped and reversed", _pair(left * ratio, up / ratio))
    if out_size[0] != out_size[1]:
        for pixels in _reread(readings.pixels, out_size):
            yield Rule("swapped", "axes swapped", homes_of(pixels, out_size, readings.size)[0])


def _reread(pixels: Pixels, size: Size) -> Iterator[Pixels]:
    """The pixels whose values stand in place of `pixels` where a view takes (w, h) for (h, w)."""
    row, column = pixels.T
    by_rows, by_columns = row * size[1] + column, column * size[0] + row
    yield np.stack([by_rows % size[0], by_rows // size[0]], axis=1)
    yield np.stack([by_columns // size[1], by_columns % size[1]], axis=1)


def _pair(rows: Array, columns: Array) -> Array:
    return np.stack([rows, columns], axis=1)


def _explains(rule: Rule, readings: Readings) -> bool:
    """Whether what is read lies far from home, and where the rule leads."""
    centres = readings.centres
    here = np.abs(centres - readings.homes).max(axis=1).mean()
    there = np.abs(centres - rule.places).max(axis=1).mean()
    slack = readings.slack.max()
    # The border cuts windows, which moves their middle by a pixel or two.
    exact = there < 1.5 + slack + 0.05 * max(readings.size)
    return bool(here > 1.5 + slack and there < 0.5 * here and exact)


def _aside(readings: Readings) -> Alignment | None:
    """A window that leaves home out, or in which home is at the edge; or places without a rule.

    A window of an even number of pixels cannot be centred: half a pixel aside is as it should be.
    """
    low, high = readings.boxes
    gaps = np.maximum(low - readings.homes, 0) - np.maximum(readings.homes - high, 0)
    shift = np.median(gaps, axis=0)
    astray = np.abs(gaps - shift).max(axis=1).mean()
    # A maximum over a 3 × 3 window or a learned offset reads one pixel aside, here and there.
    limit = 1 + readings.slack.max() + 0.03 * max(readings.size)
    if astray > limit or _is_disordered(readings):
        if not readings.sharp:
            return Alignment("global", "every output pixel reads places all over the map")
        return _zoomed(readings) or _around(readings) or _scrambled(readings)
    off = np.median((low + high) / 2 - readings.homes, axis=0)
    if (np.abs(shift) > readings.slack + 0.01).any():
        return _found(Rule("shifted", _pixels(off), readings.homes + off), readings)
    return _lopsided(readings)


def _scrambled(readings: Readings) -> Alignment:
    return _found(Rule("scrambled", "no rule fits the places read", readings.centres), readings)


def _zoomed(readings: Readings) -> Alignment | None:
    """Places that lie nearer to the middle of the map than home, by one factor along each axis.

    So reads what is enlarged and then cropped to the size that another input has.
    """
    middle = (np.array(readings.size) - 1) / 2
    # A global maximum is read besides, so the middle place counts, not the mean.
    places = np.stack([np.median(np.argwhere(read), axis=0) for read in readings.reads])
    away, read = readings.homes - middle, places - middle
    factors = (away * read).sum(axis=0) / np.maximum((away**2).sum(axis=0), 1)
    astray = np.median(np.abs(read - factors * away).max(axis=1))
    if (factors < 0.1).any() or (factors > 0.9).any() or astray > 1 + readings.slack.max():
        return None
    says = f"zoomed by {1 / factors.mean():.2g} about the middle"
    return _found(Rule("zoomed", says, middle + factors * away), readings)


def _around(readings: Readings) -> Alignment | None:
    """A shift that comes in again at the other side, as `torch.roll` does."""
    homes = np.rint(readings.homes).astype(int)
    rolled = [
        np.roll(read, -home, (0, 1)) for read, home in zip(readings.reads, homes, strict=True)
    ]
    size = np.array(readings.size)
    offsets = (np.argwhere(np.mean(rolled, axis=0) >= 0.8) + size // 2) % size - size // 2
    if not len(offsets) or (np.abs(offsets) <= readings.slack).all(axis=1).any():
        return None
    off = offsets.mean(axis=0)
    return _found(Rule("shifted", _pixels(off), (readings.homes + off) % size), readings)


def _lopsided(readings: Readings) -> Alignment | None:
    """A window that stands out and is not centred at home: a padding that is off, unless causal.

    Where home is well inside the window, half a pixel more is granted, and all pixels must agree on a
    window with its four corners: a maximum moves about, and samples that grow from home, as those of
    irregular kernels, leave a corner out and lie aside by design, the further the more layers.
    """
    if not readings.sharp or 1 in readings.size:
        return None
    middle = readings.bounds
    off = (middle[0] + middle[1]) / 2
    # A dead unit or a learned offset may tell otherwise for a pixel in ten.
    pairs = list(zip(readings.reach, middle, (1, -1), strict=True))
    ends = [share(one * sign >= -readings.slack - 0.01, one) for one, _, sign in pairs]
    same = [share(np.abs(one - usual) < 0.01, one) for one, usual, _ in pairs]
    at_edge, rigid = np.maximum(*ends) >= 0.9, np.minimum(*same) >= 0.75
    beyond = np.abs(off) - readings.lean - readings.slack - 0.01
    aside = (at_edge & (beyond > 0)) | (rigid & (beyond > 0.5) & _has_corners(readings))
    off = np.where(aside, off, 0.0)
    if not aside.any() or is_masked(readings, aside):
        return None
    return _found(Rule("shifted", _pixels(off), readings.homes + off), readings)


def _has_corners(readings: Readings) -> bool:
    """Whether most output pixels read the four corners of the window that all of them share."""
    (top, left), (bottom, right) = np.nan_to_num(np.array(readings.bounds)).astype(int)
    home = np.array(readings.size) - 1
    rows, columns = np.array([top, bottom]) + home[0], np.array([left, right]) + home[1]
    return bool((np.nan_to_num(readings.alike)[np.ix_(rows, columns)] >= 0.8).all())


def _pixels(off: Array) -> str:
    parts = [
        f"{_half(length):g} {name}{'s' if _half(length) > 1 else ''}"
        for length, name in zip(off, ("row", "column"), strict=True)
        if _half(length)
    ]
    return f"shifted by {' and '.join(parts)}"


def _half(length: float) -> float:
    """The length in half pixels, without its sign: windows of even size are centred between two."""
    return round(2 * abs(length)) / 2


def _is_disordered(readings: Readings) -> bool:
    """Whether home lies among the places read but is not read, nor any offset from it alike."""
    reach = 1 + np.ceil(readings.slack)
    offsets = [
        np.abs(np.argwhere(read) - home)
        for read, home in zip(readings.reads, readings.homes, strict=True)
    ]
    near = np.mean([(offset <= reach).all(axis=1).any() for offset in offsets])
    return bool(near < 0.5 and np.nanmax(readings.alike) < 0.8)


def _hides(rule: Rule, readings: Readings) -> bool:
    """Whether a branch beside a sound one reads where the rule leads."""
    told = _told(rule, readings)
    if told is None:
        return False
    reads, places = told
    return _chance(reads, places) < _CROWDED and not _is_parity(
        rule, readings, _rates(reads, places)
    )


def _is_crowded(rule: Rule, readings: Readings) -> bool:
    """Whether what is read where the rule leads proves nothing: so much is read around it."""
    told = _told(rule, readings)
    return told is not None and _chance(*told) >= _CROWDED


def _told(rule: Rule, readings: Readings) -> tuple[Mask, Array] | None:
    """What the output pixels read that can tell, and where the rule leads, if most read there.

    Only those can for which that place lies outside the window around home.
    """
    away = rule.places - readings.homes
    first, last = readings.window
    telling = ((away < first - 2) | (away > last + 2)).any(axis=1)
    if telling.sum() < ENOUGH:
        return None
    reads, places = readings.reads[telling], rule.places[telling]
    return (reads, places) if _rates(reads, places)[2, 2] >= 0.85 else None


def _chance(reads: Mask, places: Array) -> float:
    """How often an output pixel reads places that the rule does not mean for it.

    A gate reads what it pools, and with it the place where any rule leads: the whole map, its own
    row or column, every second pixel behind a stride. So the places of other output pixels are
    asked, in both coordinates and in one of them, those that no window would hold as well.
    """
    inside = _inside(places, reads)
    rows, columns = inside.T
    each, other = np.indices((len(reads), len(reads)))
    apart = np.abs(inside[each] - inside[other]) > np.array(reads.shape[1:]) / 4
    down, right = apart[..., 0], apart[..., 1]
    asked = (
        (reads[each, rows[other], columns[other]], down | right),
        (reads[each, rows[other], columns[each]], down),
        (reads[each, rows[each], columns[other]], right),
    )
    return max((float(read[where].mean()) for read, where in asked if where.any()), default=0.0)


def _inside(places: Array, reads: Mask) -> Pixels:
    """The places as whole pixels of the map."""
    return np.clip(np.rint(places), 0, np.array(reads.shape[1:]) - 1).astype(np.int64)


def _rates(reads: Mask, places: Array) -> Array:
    """How many of the output pixels read each of the 5 × 5 places around where a rule leads."""
    rates, padded = np.zeros((5, 5)), np.pad(reads, ((0, 0), (2, 2), (2, 2)))
    rows, columns = _inside(places, reads).T
    for down in range(5):
        for right in range(5):
            rates[down, right] = padded[np.arange(len(reads)), rows + down, columns + right].mean()
    return rates


def _is_parity(rule: Rule, readings: Readings, rates: Array) -> bool:
    """Whether the mirror image is that of a Fourier transform, about pixel 0 and not the middle.

    Layers that mix real and imaginary parts weigh the even and the odd part of a map differently.
    """
    mirrored = (
        np.abs(rule.places + readings.homes - (np.array(readings.size) - 1)).max(axis=0) < 0.1
    )
    offsets = np.argwhere(rates >= 0.5).mean(axis=0) - 2
    return bool(rule.kind == "flipped" and (offsets[mirrored] >= 0.45).all())


def _found(rule: Rule, readings: Readings, before: str = "") -> Alignment:
    """The rule as a finding, shown at the pixel that it leads farthest away within the map."""
    away = np.abs(rule.places - readings.homes).max(axis=1)
    inside = ((rule.places >= 0) & (rule.places < readings.size)).all(axis=1)
    shown = int(np.where(inside, away, -1).argmax()) if away.any() else len(away) // 2
    detail = f"{before}{_place(readings.pixels[shown])} → {_place(rule.places[shown])}: {rule.says}"
    return Alignment(rule.kind, detail)


def _place(place: Array | Pixels) -> str:
    return f"({float(place[0]):.3g}, {float(place[1]):.3g})"
