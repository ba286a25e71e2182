"""What the two processes say to each other: JSON lines, and errors that keep their class.

A job's last line is `{"answer": …}`, `{"error": …}`, `{"fault": …}` or `{"died": …}`, after any number of
`{"event": …}` lines. Of a job that ends without one the worker tells the end.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fusion_cli.model.basics import JSON
from fusion_cli.model.codec import Malformed
from fusion_cli.model.errors import ExitCode, FuseError

LOST_PIPE = 142  # exit code of a job that could not answer: module code closed its pipe

_FRAME = re.compile(r'^ +File "(.*)", line (\d+) in (.*)$', re.MULTILINE)
_NOT_THEIRS = re.compile(
    r"/fusion_cli/(?!zoo/)|-packages/(torch|einops)/|/python3[.\d]*/(?!(site|dist)-packages/)|^<"
)
_CRASH = re.compile(r"^Fatal Python error: .*", re.MULTILINE | re.DOTALL)


class Frame(NamedTuple):
    """One line of a traceback."""

    path: str
    line: int
    function: str


class JobDied(FuseError):
    """A job that ended without an answer, or was stopped.

    `reason` completes "the module …" (`was killed by signal 11 (segmentation fault)`), `output` is
    the last that it printed, `frames` say where it was, innermost first. The message names the
    first of them that is neither ours nor PyTorch's.
    """

    exit_code = ExitCode.CANNOT_FUSE

    def __init__(
        self,
        reason: str,
        output: str = "",
        frames: tuple[Frame, ...] = (),
        hint: str = "run it alone to see more",
    ) -> None:
        lines = "\n".join(output.splitlines()[-10:])
        super().__init__(f"the module {reason}{_place(frames)}", hint, lines)
        self.reason = reason
        self.output = output
        self.frames = frames

    @property
    def was_late(self) -> bool:
        """Whether the limit of time ended the job."""
        return self.reason.startswith("ran longer than")


def _place(frames: tuple[Frame, ...]) -> str:
    theirs = (frame for frame in frames if not _NOT_THEIRS.search(frame.path.replace("\\", "/")))
    frame = next(theirs, None)
    return f" at {frame.path}:{frame.line}" if frame else ""


def line(message: Mapping[str, Any]) -> bytes:
    """One message as it travels."""
    return json.dumps(message).encode() + b"\n"


def parts(line: bytes) -> tuple[str, Any]:
    """What a line of a job is (`answer`, `event` …), and its content.

    Raises:
        ValueError: it is no such line.
    """
    message = json.loads(line)
    if not isinstance(message, dict) or len(message) != 1:
        raise Malformed(f"no message: {message!r:.80}")
    return next(iter(message.items()))


@dataclass(frozen=True)
class PackedError:
    """A `FuseError`: its class, then the classes that it is a kind of, and what it says."""

    names: tuple[str, ...]
    message: str
    hint: str
    lines: str


@dataclass(frozen=True)
class Death:
    """Why a job's own process knows that it dies, and where it was, innermost first."""

    reason: str
    frames: tuple[tuple[str, int, str], ...]


def pack(error: FuseError) -> PackedError:
    """The error as what crosses the pipe."""
    names = (cls.__name__ for cls in type(error).__mro__ if issubclass(cls, FuseError))
    return PackedError(tuple(names), error.message, error.hint, error.lines)


def unpack(packed: PackedError) -> FuseError:
    """The error that was packed: of its own class, or of the nearest that is known on this side."""
    known = {cls.__name__: cls for cls in _family(FuseError)}
    cls = next((known[name] for name in packed.names if name in known), FuseError)
    error = cls.__new__(cls)
    FuseError.__init__(error, packed.message, packed.hint, packed.lines)
    return error


def _family(cls: type[FuseError]) -> Iterator[type[FuseError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _family(child)


def died(end: JSON) -> JobDied:
    """The error for a job that ended as the worker tells: `{"code", "reason", "hint", "output"}`."""
    output = end["output"]
    hint = {"hint": end["hint"]} if end["hint"] else {}
    crash = _CRASH.search(output)
    trace = crash.group() if crash else ""
    reason = end["reason"] or _reason(end["code"], trace)
    frames = tuple(Frame(path, int(at), name) for path, at, name in _FRAME.findall(trace))
    return JobDied(reason, output[: crash.start()] if crash else output, frames, **hint)


def _reason(code: int, trace: str) -> str:
    if code == LOST_PIPE:
        return "closed file descriptors that it had not opened"
    if code >= 0:
        return f"called os._exit({code})"
    if code == -signal.SIGSEGV and "\n  ...\n" in trace:  # deeper than a dump goes
        return "recursed without end (stack overflow)"
    if code == -signal.SIGKILL:
        return "was killed from outside, as happens when the machine runs out of memory"
    name = signal.strsignal(-code) or "unknown"
    return f"was killed by signal {-code} ({name.lower()})"
