"""The worker's process, which can be started ahead: before it is known what it will be asked.

Importing torch takes it longer than all that a command does meanwhile. So whoever is sure to need a
worker calls `ahead` before importing anything else, and this module imports little itself.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

MARK = "FUSE_WORKER"
"""The variable of a worker's worker_environment by which all that it starts is known."""

# Started so, the worker finds the same package as its parent and everything else where its
# interpreter would, but nothing in the working directory, which may hold a `torch.py`.
_BOOT = """\
import sys
sys.path[:] = [sys.argv[1], *filter(None, sys.path)]
import fusion_cli
del sys.path[0]
from fusion_cli.worker.zygote import main
main()
"""
_ROOT = Path(__file__).resolve().parents[2]

_SECRET_NAME = re.compile(
    r"(^|_)(TOKENS?|KEYS?|AUTH|PAT|PWD|PASS|PASSPHRASE|COOKIES?|DSN)(_|$)"
    r"|SECRET|PASSW|CREDENTIAL|ACCESS_?KEY|API_?KEY|PRIVATE_?KEY",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"://[^/\s:@]*:[^/\s@]+@")  # a URL with a password in it
_PLAIN = {"PWD"}


class Spawned(NamedTuple):
    """A process, this end of its socket, what it prints, and the mark that all it starts will carry."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    errors: int  # a file, which takes however much is printed and is read only where it fails
    mark: str


_waiting: list[Spawned] = []


def ahead() -> None:
    """Start a worker for whoever takes one first."""
    with contextlib.suppress(OSError):  # who takes one meets the refusal again, and tells it
        _waiting.append(spawn())


def waits() -> bool:
    """Whether a worker that was started ahead has not been taken."""
    return bool(_waiting)


def take() -> Spawned:
    """The process that was started ahead, or a new one.

    Raises:
        OSError: the system refuses a process or a socket.
    """
    return _waiting.pop() if _waiting else spawn()


def spawn() -> Spawned:
    """Start a worker.

    Raises:
        OSError: the system refuses a process or a socket.
    """
    mark = os.urandom(16).hex()
    _hold_standard_streams()
    errors = anonymous_file()
    try:
        control, theirs = socket.socketpair()
    except OSError:
        os.close(errors)
        raise
    with theirs:
        descriptor = theirs.fileno()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(_ROOT), str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**worker_environment(os.environ), MARK: mark},
                pass_fds=[descriptor],
                start_new_session=True,  # Ctrl-C is the parent's: it ends the worker
            )
        except OSError:
            os.close(errors)
            control.close()
            raise
    return Spawned(process, control, errors, mark)


def anonymous_file() -> int:
    """The descriptor of a file without a name: it never blocks a writer."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("fuse")
    import tempfile  # takes long to import, and Linux does not need it

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _hold_standard_streams() -> None:
    """Open what is closed of 0, 1 and 2: the socket's number would be one that the child's streams take."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def worker_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What the worker inherits: nothing that looks like a secret, a sane number of threads."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not _SECRET_VALUE.search(value) and (name in _PLAIN or not _SECRET_NAME.search(name))
    }
    # One block on small maps gains nothing from threads, and loses much where cores are shared.
    kept.setdefault("OMP_NUM_THREADS", "1")
    kept.setdefault("PYTHONHASHSEED", "0")  # a module that walks a set is the same module twice
    return kept
