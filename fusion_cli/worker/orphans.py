"""The processes that are left when a worker is killed before it can end its jobs.

The jobs themselves die with the worker, but not a daemon that a module under test has started. All
of them have inherited a variable of the worker's environment, by which they are found in /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from fusion_cli.worker.spawn import MARK


def end_marked(mark: str, patience: float) -> None:
    """End every process with this value of `MARK`, and what those start meanwhile.

    `patience`: seconds after which a process that cannot be ended is left.
    """
    end = time.monotonic() + patience
    while (pids := list(_marked(f"{MARK}={mark}".encode()))) and time.monotonic() < end:
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _marked(entry: bytes) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if entry in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)
