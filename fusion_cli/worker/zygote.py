"""The worker: imports torch once, runs no operator itself, and forks one child for every job.

The parent holds one end of a Unix socket, the worker the other. A job comes as one JSON line with
three descriptors: a file that holds the request, the pipe for the child's lines, and a file in
which the worker writes how the child ended. The worker holds the pipe open until that is written,
so the parent finds it there when it has read to the end of the pipe. The socket at its end means
that the parent is gone: then everything goes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fusion_cli.model.basics import JSON
from fusion_cli.runtime.battery import checks
from fusion_cli.worker import child, limits, protocol
from fusion_cli.worker.pulse import Pulse

PRELOAD = (
    "fusion_cli.runtime.jobs",
    *(f"{checks.__name__}.{module.name}" for module in pkgutil.iter_modules(checks.__path__)),
    "einops.layers.torch",
)
"""Modules that jobs need, imported while none runs, one by one: a job that comes waits for one."""

TICK = 0.05  # s between two looks at the limits
GRACE = 0.3  # s for a process that is stopped to write where it was
TAIL = 32_768  # bytes of a job's output that are kept
PREFIX = "fusion-cli-"


@dataclass
class Running:
    """A job in its process. `reason` is why it is being stopped, if it is, and `hint` what to do."""

    pid: int
    memory: int
    timeout: float
    pulse: Pulse
    output: int
    story: int
    fate: int
    folder: Path
    reason: str = ""
    hint: str = ""
    deadline: float = 0.0
    tail: bytearray = field(default_factory=bytearray)

    @property
    def descriptors(self) -> tuple[int, int, int]:
        return self.output, self.story, self.fate

    def stop(self, reason: str, hint: str) -> None:
        """Have the process write where it is and end; the deadline ends it in any case."""
        self.reason, self.hint = reason, hint
        self.deadline = time.monotonic() + GRACE
        os.kill(self.pid, signal.SIGABRT)

    def drain(self) -> None:
        """Take over what it has printed."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.output, 65_536):
                self.tail += chunk
                del self.tail[:-TAIL]


class Zygote:
    """The worker's state and its loop."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.pid = os.getpid()
        self.parent = os.getppid()
        self.scratch: Path | None = None
        self.at_once = max(2, os.cpu_count() or 1)
        self.received = b""
        self.descriptors: deque[int] = deque()
        self.waiting: deque[tuple[JSON, tuple[int, ...]]] = deque()
        self.running: dict[int, Running] = {}
        self.idle_work: deque[Callable[[], object]] = deque(
            [*(partial(importlib.import_module, name) for name in PRELOAD), sweep]
        )

    def take_charge(self) -> None:
        """From now on end when the parent says so or dies, and let no descendant get lost."""
        limits.adopt_orphans()
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGHUP, self.on_signal)
        limits.die_with_parent(self.parent, signal.SIGHUP)

    def on_signal(self, number: int, _: FrameType | None) -> None:
        """SIGHUP also comes when only the parent's thread that started the worker has ended."""
        ends = number == signal.SIGTERM or os.getppid() != self.parent
        if ends and os.getpid() == self.pid:
            self.end()

    def end(self) -> NoReturn:
        """Leave nothing: no process, no folder."""
        for pid in self.running:
            limits.kill_group(pid)
        limits.kill_children()
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)
        os._exit(0)

    def import_torch(self) -> None:
        """Import torch, or tell why it cannot be and end.

        Collecting garbage meanwhile finds none, and afterwards would only make forked children
        copy what they share.
        """
        gc.disable()
        try:
            importlib.import_module("torch")
        except Exception as error:
            absent = isinstance(error, ModuleNotFoundError) and error.name == "torch"
            self.tell({"failed": "" if absent else f"{type(error).__name__}: {error}"})
            self.end()
        gc.freeze()
        self.scratch, self.lock = make_scratch()
        self.tell({"scratch": str(self.scratch)})

    def tell(self, message: JSON) -> None:
        """Send one line to the parent; that it is gone is noticed elsewhere."""
        with contextlib.suppress(OSError):
            self.control.sendall(protocol.line(message))

    def serve(self) -> NoReturn:
        """Serve until the parent is gone."""
        self.control.setblocking(False)
        while True:
            self.wait()
            self.receive()
            for job in list(self.running.values()):
                self.watch(job)
            while self.waiting and len(self.running) < self.at_once:
                self.fork(*self.waiting.popleft())

    def wait(self) -> None:
        """Wait for something to do; while no job runs, do what saves time later."""
        poll = select.poll()
        for descriptor in (self.control.fileno(), *(job.output for job in self.running.values())):
            poll.register(descriptor, select.POLLIN)
        idle = self.idle_work and not self.running
        timeout = 0 if idle else TICK * 1000 if self.running else None
        if not poll.poll(timeout) and idle:
            with contextlib.suppress(Exception):  # the job that needs the module will raise it
                self.idle_work.popleft()()

    def receive(self) -> None:
        """Take the jobs that have come."""
        with contextlib.suppress(BlockingIOError):
            while True:
                data, descriptors, flags, _ = socket.recv_fds(self.control, 65_536, 3)
                if flags & socket.MSG_CTRUNC:
                    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
                if not data:
                    self.end()
                self.received += data
                self.descriptors.extend(descriptors)
        *lines, self.received = self.received.split(b"\n")
        for line in lines:
            three = tuple(self.descriptors.popleft() for _ in range(3))
            self.waiting.append((json.loads(line), three))

    def fork(self, message: JSON, descriptors: tuple[int, ...]) -> None:
        """Start one job: `{"id", "memory", "timeout"}`, in bytes (0: the default) and seconds."""
        request, story, fate = descriptors
        readable, output = os.pipe()
        assert self.scratch
        folder = self.scratch / str(message["id"])
        pulse = Pulse()
        pid = os.fork()
        if pid == 0:
            self.forget()
            for descriptor in (readable, fate):
                os.close(descriptor)
            limits.die_with_parent(self.pid, signal.SIGKILL)
            child.main(request, story, output, folder, pulse)
        os.close(request)
        os.close(output)
        os.set_blocking(readable, False)
        limited = message["memory"] or limits.default_memory(), message["timeout"]
        self.running[pid] = Running(pid, *limited, pulse, readable, story, fate, folder)

    def forget(self) -> None:
        """In a new child: let go of what belongs to the worker and to other jobs."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.close(self.control.detach())
        os.close(self.lock)
        for job in self.running.values():
            for descriptor in job.descriptors:
                os.close(descriptor)
        for _, descriptors in self.waiting:
            for descriptor in descriptors:
                os.close(descriptor)

    def watch(self, job: Running) -> None:
        """See whether a job has ended or must end."""
        job.drain()
        pid, status = os.waitpid(job.pid, os.WNOHANG)
        if pid:
            self.finish(job, os.waitstatus_to_exitcode(status))
        elif job.reason:
            if time.monotonic() > job.deadline:
                limits.kill_group(job.pid)
        elif job.pulse.age > job.timeout:
            job.stop(f"ran longer than {job.timeout:g} s", "if it is only slow, raise --timeout")
        elif limits.occupied(job.pid) > job.memory:
            used = f"used more than {job.memory / limits.GIB:.1f} GiB of memory"
            job.stop(used, "give it smaller arguments, or run it alone to see more")

    def finish(self, job: Running, code: int) -> None:
        """After the end of a job's process: end what it started, tell the end, clean up."""
        del self.running[job.pid]
        limits.kill_group(job.pid)
        limits.kill_children(spared=frozenset(self.running))
        job.drain()
        output = job.tail.decode(errors="replace")
        end = {"code": code, "reason": job.reason, "hint": job.hint, "output": output}
        os.pwrite(job.fate, protocol.line(end), 0)
        for descriptor in job.descriptors:
            os.close(descriptor)
        shutil.rmtree(job.folder, ignore_errors=True)


def make_scratch() -> tuple[Path, int]:
    """A new scratch folder and the lock on it that this process holds while it lives."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = try_lock(folder)
        if lock is not None and folder.exists():
            return folder, lock


def try_lock(folder: Path) -> int | None:
    """The lock on a folder of this user, or None if a living worker holds it or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def sweep() -> None:
    """Remove the scratch folders of workers that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = try_lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def main() -> NoReturn:
    """Serve the parent at the other end of a socket, given by its descriptor."""
    descriptor = int(sys.argv[2])
    sys.argv[:] = ["fuse"]  # what a module that reads arguments when imported may see
    zygote = Zygote(socket.socket(fileno=descriptor))
    zygote.take_charge()
    try:
        zygote.import_torch()
        zygote.serve()
    except OSError as error:
        zygote.tell({"refused": error.strerror or str(error)})
        zygote.end()
