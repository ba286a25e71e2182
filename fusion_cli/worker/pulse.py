"""The time of a job's last sign of life, which it shares with the worker."""

from __future__ import annotations

import mmap
import struct
import time

_MOMENT = struct.Struct("d")


class Pulse:
    """Made before the fork, so that both processes hold it; a job beats with each event it emits.

    So the limit of time holds for each step of a job (a check of the battery), not for their sum,
    and a module that is slow in every check is not taken for one that hangs in the last.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _MOMENT.size)
        self.beat()

    def beat(self) -> None:
        self._shared[:] = _MOMENT.pack(time.monotonic())

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        moment: float = _MOMENT.unpack(self._shared)[0]
        return time.monotonic() - moment
