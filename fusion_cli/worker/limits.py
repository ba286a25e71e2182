"""How a process is confined, and how a family of processes is measured and ended.

This contains accidents, not attacks. The kernel's own limits on memory are of no use here:
RLIMIT_AS counts what is reserved, of which CUDA takes more than any machine has, and a limit that
holds for each process alone does not hold for a module that starts others. So the worker looks at
what the whole family occupies, twenty times a second. Where there is no /proc there is no limit.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

GIB = 2**30

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_RESIDENT = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)
_PROC = Path("/proc")


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """Ask Linux to send this process a signal when its parent dies, also when it is dead already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none is lost (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(AttributeError):  # a Unix that is not Linux
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def no_core_dump() -> None:
    """A crash of a module leaves no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def default_memory() -> int:
    """Bytes that a job may use: 8 GiB, or three quarters of what the machine or its cgroup has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no cgroup v2, or "max"
        machine = min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(8 * GIB, machine * 3 // 4)


def child_processes(pid: int) -> list[int]:
    """The child_processes of a process, zombies too; none where there is no /proc, or it has just ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (_PROC / f"{pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it alone has just ended
                found += map(int, (thread / "children").read_text().split())
    return found


def family(pid: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield pid
    for child in child_processes(pid):
        yield from family(child)


def occupied(pid: int) -> int:
    """Bytes of memory, mapped files left out, that a process and its descendants occupy."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            total += sum(map(int, _RESIDENT.findall((_PROC / f"{member}/status").read_text())))
    return total * 1024


def kill_group(pid: int) -> None:
    """End the process group that `pid` leads."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_children(spared: frozenset[int] = frozenset()) -> None:
    """End and reap all child_processes of this process but the spared, and what becomes its child by that."""
    while doomed := set(child_processes(os.getpid())) - spared:
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in doomed:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
