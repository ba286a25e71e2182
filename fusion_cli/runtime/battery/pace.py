"""How long the module's forwards take, and the end of a check whose forwards are slow.

Processor time is measured, so that a busy machine finds as much as a quiet one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

from fusion_cli.model.jobs import Emit, SlowForward

SLOW = 0.5  # s of processor time; of published blocks hardly one takes a fifth of it
ENOUGH = 20.0  # s for one check with slow forwards; what is wrong everywhere shows in the first


class TooSlow(BaseException):
    """Ends a check; no fault of the module, so what tries the module must not take it for one."""


class Pace:
    """The clock of a job: is told of each forward, and of each check that begins.

    `emit` hears of the forwards of a slow module, so that the limit of time holds for each of them.
    """

    def __init__(self, emit: Emit[SlowForward]) -> None:
        self._emit = emit
        self._slowest = 0.0
        self.restart()

    def restart(self) -> None:
        """A check begins."""
        self._began = time.process_time()

    @contextlib.contextmanager
    def forward(self) -> Iterator[None]:
        """Around each forward; TooSlow where the check has had its time."""
        began = time.process_time()
        if self._slowest > SLOW:
            if began - self._began > ENOUGH:
                raise TooSlow(too_slow(self._slowest))
            self._emit(SlowForward(None))
        try:
            yield
        finally:
            self._slowest = max(self._slowest, time.process_time() - began)
            if self._slowest > SLOW:
                self._emit(SlowForward(self._slowest))


def too_slow(seconds: float) -> str:
    """Why a check was not run, or not to its end."""
    return f"too slow ({seconds:.2g} s a forward)"


_paces: list[Pace] = []  # the last is that of the battery that runs


def timed() -> AbstractContextManager[None]:
    """Around each forward; outside of a battery nobody listens and nothing ends."""
    return _paces[-1].forward() if _paces else contextlib.nullcontext()


@contextlib.contextmanager
def paced(emit: Emit[SlowForward]) -> Iterator[Pace]:
    """A pace for the checks that the body runs."""
    _paces.append(Pace(emit))
    try:
        yield _paces[-1]
    finally:
        _paces.pop()
