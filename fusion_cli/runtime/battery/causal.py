"""Windows that lie aside of home by design: what comes before it (or after it) and nothing else."""

from __future__ import annotations

import numpy as np

from fusion_cli.runtime.battery.places import Mask, Readings


def is_masked(readings: Readings, aside: Mask) -> bool:
    """Whether the window holds only what comes before (or after) home, row by row or by columns.

    So masked convolutions read: one axis ends at home, and the line of home is read on one side.
    """
    if aside.all():
        return False
    maps = readings.reads if aside[0] else readings.reads.transpose(0, 2, 1)
    homes = np.rint(readings.homes if aside[0] else readings.homes[:, ::-1]).astype(int)
    sides = [
        (reading[row, :column].any(), reading[row, column + 1 :].any())
        for reading, (row, column) in zip(maps, homes, strict=True)
    ]
    before, after = np.mean(sides, axis=0)
    return bool(min(before, after) == 0 and max(before, after) > 0)


def is_one_sided(readings: Readings) -> bool:
    """Whether every token reads itself and otherwise only tokens before it, or only ones after it.

    So read causal convolutions, scans and recurrent layers, forward or backward.
    """
    width = readings.size[1]
    homes = np.rint(readings.homes).astype(int) @ np.array([width, 1])
    places = readings.reads.reshape(len(homes), -1)
    first = places.argmax(axis=1)
    last = places.shape[1] - 1 - places[:, ::-1].argmax(axis=1)
    return bool((last == homes).all() or (first == homes).all())
