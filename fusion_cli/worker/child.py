"""One job in the process of its own that the worker forked for it."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, get_type_hints

from fusion_cli.model.basics import JSON
from fusion_cli.model.codec import from_json, to_json
from fusion_cli.model.errors import FuseError
from fusion_cli.model.jobs import Attempt, Emit
from fusion_cli.worker import limits, protocol
from fusion_cli.worker.pulse import Pulse


def main(request: int, story: int, output: int, folder: Path, pulse: Pulse) -> NoReturn:
    """Run the job that the descriptor `request` holds and write its lines to `story`; never return.

    The process leads a session of its own, works in `folder`, has no standard input and prints
    into `output`.
    """
    try:
        write(story, run(request, story, output, folder, pulse))
        flush()
        os._exit(0)
    except OSError:
        os._exit(protocol.LOST_PIPE)
    finally:
        os._exit(1)


def run(request: int, story: int, output: int, folder: Path, pulse: Pulse) -> bytes:
    """The answer as the line that travels: whatever is raised becomes one."""

    def emit(event: object) -> None:
        if not isinstance(event, Attempt):  # all attempts together have the time of one step
            pulse.beat()
        write(story, protocol.line({"event": to_json(event)}))

    try:
        confine(output, folder)
        return protocol.line({"answer": to_json(run_job(*read(request), emit))})
    except BaseException as error:
        return protocol.line(report(error))


def confine(output: int, folder: Path) -> None:
    """Take the process away from everything that it shares with the worker."""
    os.setsid()
    limits.adopt_orphans()
    limits.no_core_dump()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, output, output)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    sys.stdout = open(1, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    faulthandler.enable()
    folder.mkdir()
    os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    gc.enable()


def read(request: int) -> tuple[str, JSON]:
    """The function of the job, by its name, and the question."""
    with os.fdopen(request, "rb") as file:
        file.seek(0)
        message = json.load(file)
    return message["run"], message["question"]


def run_job(run: str, question: JSON, emit: Emit[object]) -> object:
    """The answer of the function `package.module:name`, whose annotations say what it is asked."""
    module, _, name = run.partition(":")
    function: Callable[[object, Emit[object]], object]
    function = getattr(importlib.import_module(module), name)
    expected = get_type_hints(function)["question"]
    return function(from_json(expected, question), emit)


def report(error: BaseException) -> JSON:
    """An exception that left the job, as it is reported."""
    if isinstance(error, FuseError):
        return {"error": to_json(protocol.pack(error))}
    if isinstance(error, Exception) and not isinstance(error, MemoryError | RecursionError):
        return {"fault": "".join(traceback.format_exception(error))}
    steps = list(traceback.walk_tb(error.__traceback__))[:-101:-1]
    frames = tuple((step.f_code.co_filename, number, step.f_code.co_name) for step, number in steps)
    return {"died": to_json(protocol.Death(reason(error), frames))}


def reason(error: BaseException) -> str:
    """Why a job died of an exception that is no fault of its code."""
    if isinstance(error, RecursionError):
        return "recursed without end (Python stack overflow)"
    if isinstance(error, MemoryError):
        return "asked for more memory than there is"
    if isinstance(error, SystemExit):
        return f"called sys.exit({error.code!r})"
    return f"raised {type(error).__name__}"


def write(story: int, line: bytes) -> None:
    """Write one line whole."""
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(story, rest) :]


def flush() -> None:
    """Hand over what the module printed; it may have closed or replaced the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
