"""The parent's end of the worker: start it, give it jobs, take their lines and answers.

    with Worker.start() as worker:
        host, donor = worker.submit(OBSERVE, host), worker.submit(OBSERVE, donor)
        contracts = host.result().contract, donor.result().contract

Whatever a module under test does, a job ends in its answer, in the `FuseError` that it raised, or
in `JobDied`; only an exception that is a fault of our own code is an `InternalFault`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic

from fusion_cli.model.basics import JSON
from fusion_cli.model.codec import Malformed, from_json, to_json
from fusion_cli.model.errors import (
    FuseError,
    InternalFault,
    MissingDevice,
    MissingResource,
)
from fusion_cli.model.jobs import Answer, Event, Job, Question
from fusion_cli.model.requests import TIMEOUT
from fusion_cli.worker import protocol
from fusion_cli.worker.orphans import end_marked
from fusion_cli.worker.protocol import Frame, JobDied
from fusion_cli.worker.spawn import Spawned, anonymous_file, take

__all__ = ["Frame", "JobDied", "Pending", "Worker", "WorkerTraceback"]

_OS_ERROR = re.compile(r"^OSError: \[Errno \d+\] (.*?)(?:: .*)?$", re.MULTILINE)
TAIL = 32_768  # bytes of what a worker has printed that a message on its fault quotes
_PATIENCE = 2.0  # s for the worker to end what it started when it is closed


class WorkerTraceback(Exception):
    """The traceback in the worker, as text: the `__cause__` of an `InternalFault`."""


class Worker:
    """The worker process. `start` returns at once; torch is imported while the caller goes on."""

    def __init__(self, spawned: Spawned, memory: int = 0, timeout: float = TIMEOUT) -> None:
        self._process, self._control, self._errors, self._mark = spawned
        self._limits = {"memory": memory, "timeout": timeout}
        self._numbers = itertools.count(1)
        self._open: set[Pending[Any, Any]] = set()

    @classmethod
    def start(cls, memory: int = 0, timeout: float = TIMEOUT) -> Worker:
        """Start the process, or take the one that was started ahead.

        `memory`: bytes that a job may use (0: 8 GiB, or 3/4 of the RAM if less); `timeout`:
        seconds that it may take, once it has started, and again after each event that it emits.
        """
        with refusals():
            return cls(take(), memory, timeout)

    def submit(
        self, job: Job[Question, Answer, Event], question: Question
    ) -> Pending[Answer, Event]:
        """Start a job."""
        with refusals():
            request = written_file({"run": job.run, "question": to_json(question)})
            fate = anonymous_file()
            story, theirs = os.pipe()
        message = protocol.line({"id": next(self._numbers), **self._limits})
        try:
            socket.send_fds(self._control, [message], [request, theirs, fate])
        except OSError:  # the worker is gone; the job, which finds its pipe closed, tells why
            pass
        finally:
            os.close(request)
            os.close(theirs)
        started = Pending(self, job, story, fate)
        self._open.add(started)
        return started

    def failure(self) -> FuseError:
        """Why the worker, which has closed the pipe of a job, ended."""
        state = self._state()
        code = self._process.wait()
        if "refused" in state:
            return refused(state["refused"])
        if "failed" not in state:
            end = os.fstat(self._errors).st_size
            text = os.pread(self._errors, TAIL, max(0, end - TAIL)).decode(errors="replace")
            if found := _OS_ERROR.search(text):
                return refused(found[1])
            if code == -signal.SIGKILL:
                return MissingResource(
                    "the worker was killed from outside",
                    "as happens when the machine runs out of memory; end other programs",
                )
            return fault(f"the worker ended with code {code}", text)
        hint = f"install it where fuse runs: {sys.executable} -m pip install torch"
        if state["failed"]:
            return MissingDevice(f"torch cannot be imported: {state['failed']}", hint)
        return MissingDevice("torch is not installed", hint)

    def _state(self) -> JSON:
        """What the worker has sent: its scratch folder, or why it ends."""
        state: JSON = {}
        with contextlib.suppress(OSError):
            lines = self._control.recv(65_536, socket.MSG_DONTWAIT | socket.MSG_PEEK)
            for line in lines.splitlines():
                state |= json.loads(line)
        return state

    def bury(self) -> None:
        """Wait for the end of the worker, and end what it has left if it was killed."""
        if self._process.wait():
            end_marked(self._mark, _PATIENCE)

    def close(self) -> None:
        """End the worker and all that it started; nothing of it is left."""
        state = self._state()
        try:
            if state:  # else torch is still being imported, and there is nothing but the process
                self._process.terminate()
                self._control.settimeout(_PATIENCE)
                with contextlib.suppress(OSError):
                    while self._control.recv(65_536):
                        pass
        finally:
            self._process.kill()
            if state:
                self.bury()
            else:
                self._process.wait()
            if "scratch" in (state := state or self._state()):
                shutil.rmtree(state["scratch"], ignore_errors=True)
            self._let_go()

    def _let_go(self) -> None:
        for job in list(self._open):
            job.close()
        os.close(self._errors)
        self._control.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Pending(Generic[Answer, Event]):
    """A job that was submitted."""

    def __init__(self, worker: Worker, job: Job[Any, Answer, Event], story: int, fate: int) -> None:
        self._worker, self._job = worker, job
        self._story = os.fdopen(story, "rb", buffering=0)
        self._fate = os.fdopen(fate, "rb")

    def result(self, on_event: Callable[[Event], None] = lambda event: None) -> Answer:
        """Wait for the answer; `on_event` is called with each event of the job, in their order.

        Raises the `FuseError` that the job raised; `JobDied` if it ended in another way;
        `InternalFault`, with the traceback as its cause, if the fault is ours; `MissingDevice` if
        torch cannot be imported. Can be asked once.
        """
        try:
            for line in self._lines():
                try:
                    kind, content = protocol.parts(line)
                    if kind == "answer":
                        return from_json(self._job.answer, content)
                    if kind != "event":
                        raise error(kind, content)
                    event = self._event(content)
                except ValueError:  # no line of ours
                    raise JobDied("wrote to a file descriptor that it had not opened") from None
                on_event(event)
            raise self._end()
        finally:
            self.close()

    def _event(self, content: object) -> Event:
        for kind in self._job.events:
            with contextlib.suppress(Malformed):
                return from_json(kind, content)
        raise Malformed(f"no event of {self._job.run}")

    def _lines(self) -> Iterator[bytes]:
        """The whole lines of the story; a last one in part is of a process killed while it wrote.

        What a job has started may hold its pipe open: when the worker has ended, that is ended too.
        """
        poll, worker = select.poll(), self._worker._control.fileno()
        poll.register(self._story, select.POLLIN)
        poll.register(worker, 0)  # poll reports its hang-up in any case
        parts: list[bytes] = []
        while True:
            if self._story.fileno() not in dict(poll.poll()):
                self._worker.bury()
                poll.unregister(worker)
            elif chunk := self._story.read(65_536):
                parts.append(chunk)
                if b"\n" in chunk:
                    *lines, rest = b"".join(parts).split(b"\n")
                    yield from lines
                    parts = [rest]
            else:
                return

    def _end(self) -> FuseError:
        self._fate.seek(0)
        end = self._fate.read()
        return protocol.died(json.loads(end)) if end else self._worker.failure()

    def close(self) -> None:
        """Let go of the job; a result that was not asked for is lost."""
        self._story.close()
        self._fate.close()
        self._worker._open.discard(self)


def error(kind: str, content: object) -> FuseError:
    """The error that a job's last line tells.

    Raises:
        Malformed: it tells none.
    """
    if kind == "error":
        return protocol.unpack(from_json(protocol.PackedError, content))
    if kind == "fault":
        trace = from_json(str, content)
        last = (trace.rstrip().splitlines() or [""])[-1]
        return fault(f"a fault in fuse itself: {last}", trace)
    death = from_json(protocol.Death, content)
    return JobDied(death.reason, frames=tuple(Frame(*frame) for frame in death.frames))


def fault(message: str, trace: str) -> InternalFault:
    """A fault of our own, with the worker's traceback as its cause."""
    raised = InternalFault(message, "please report it with the module that was given")
    raised.__cause__ = WorkerTraceback(trace)
    return raised


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Say so where the system refuses a process, a pipe or a file."""
    try:
        yield
    except OSError as error:
        raise refused(error.strerror or str(error)) from error


def refused(reason: str) -> MissingResource:
    """The error for what the system refuses."""
    return MissingResource(
        f"the system refuses fuse a process, a pipe or a temporary file: {reason}",
        "see `ulimit -a`, and whether there is room in the folder for temporary files (TMPDIR)",
    )


def written_file(content: Mapping[str, Any]) -> int:
    """The descriptor of a file without a name that holds `content` as JSON."""
    descriptor = anonymous_file()
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(json.dumps(content).encode())
    return descriptor
