"""What a test can find of processes that should be gone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path


def marked_processes(mark: tuple[str, str]) -> list[int]:
    """The living processes that inherited this environment variable."""
    entry = "=".join(mark).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if entry in (process / "environ").read_bytes().split(
                b"\0"
            ):  # empty for one that is dead
                found.append(int(process.name))
    return found


def becomes_true(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
