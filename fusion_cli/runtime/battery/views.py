"""Where output pixels read if a view takes channels for places. Pure arithmetic.

What lies at (place, channel) in memory is then read as (channel, place), or the other way about:
each output pixel reads a comb of places, or a run of them, that is no other pixel's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fusion_cli.runtime.battery.places import (
    Array,
    Mask,
    Pixels,
    Readings,
    Size,
)

# Of a comb that nothing thins, kernels and pooling leave this share at the least.
_ALL = 0.85
# So much of its own comb tells where a pixel reads little of others': dead units and maxima thin it.
# Sound modules read no more than 1.4 times as much of their own (measured on 600 random ones).
_SOME, _APART = 0.15, 3.0


def shares_read(
    readings: Readings, out_size: Size, channels: tuple[int, ...]
) -> Iterator[tuple[float, Array]]:
    """For each view: what share of its own places a pixel reads, and of those of each other pixel.

    `channels` are the numbers that a view may have mixed with places.
    """
    if out_size != readings.size:
        return
    size, width = math.prod(out_size), out_size[1]
    flat = (readings.pixels @ np.array([width, 1]))[:, None]
    for number in {channel for channel in channels if 4 <= channel <= size // 4}:
        comb = (np.arange(number) * size + flat) // number
        run = (np.arange(number) + flat * number) % size
        for places in (comb, run):
            yield _shares(readings.reads, np.stack(np.divmod(places, width), axis=-1))


def _shares(reads: Mask, places: Pixels) -> tuple[float, Array]:
    """What k pixels read of the m places (k, m, 2): each of its own, and each of each other's."""
    each, other = np.indices((len(reads), len(reads)))
    rates = reads[each[..., None], places[other, :, 0], places[other, :, 1]].mean(axis=2)
    own = np.eye(len(reads), dtype=bool)
    return float(rates[own].mean()), np.asarray(rates[~own])


def is_mixed(own: float, others: Array, crowded: float) -> bool:
    """Whether the pixels read places as a view makes them do.

    What most pixels read of each other's must be less than `crowded`.
    """
    whole = own >= _ALL and np.quantile(others, 0.75) < crowded
    return bool(whole or (own >= _SOME and own > _APART * others.mean()))


def is_hidden(own: float, others: Array, crowded: float) -> bool:
    """Whether all is read that a view would make them read, but so is much else."""
    return own >= _ALL and not is_mixed(own, others, crowded)
