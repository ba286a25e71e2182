"""Jobs for the worker that do what modules under test may do. Imported in the worker's children."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fusion_cli.model.errors import CannotConstruct

JSON = dict[str, Any]
Emit = Callable[[JSON], None]


class TooOdd(CannotConstruct):
    """A kind of error that the parent does not know."""


def echo(payload: JSON, emit: Emit) -> JSON:
    return payload


def tell_time(payload: JSON, emit: Emit) -> JSON:
    return {"time": time.time()}


def count(payload: JSON, emit: Emit) -> JSON:
    for number in range(payload["to"]):
        emit({"number": number})
    return {}


def surroundings(payload: JSON, emit: Emit) -> JSON:
    import tempfile

    return {
        "cwd": str(Path.cwd()),
        "temp": tempfile.gettempdir(),
        "environment": dict(os.environ),
        "input": sys.stdin.read(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "argv": sys.argv,
        "cuda": sys.modules["torch"].cuda.is_initialized(),
        "terminable": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
        "module": sys.modules["fusion_cli"].__file__,
    }


def multiply(payload: JSON, emit: Emit) -> JSON:
    import torch

    matrix = torch.ones(1500, 1500, requires_grad=True)
    (matrix @ matrix).sum().backward()  # type: ignore[no-untyped-call]
    assert matrix.grad is not None
    return {"gradient": float(matrix.grad[0, 0]), "threads": torch.get_num_threads()}


def nap(payload: JSON, emit: Emit) -> JSON:
    emit({"pid": os.getpid()})
    time.sleep(payload["seconds"])
    return {}


def tell_and_nap(payload: JSON, emit: Emit) -> JSON:
    for number in range(payload["times"]):
        emit({"number": number})
        time.sleep(payload["seconds"])
    return {}


def raise_unknown_error(payload: JSON, emit: Emit) -> JSON:
    raise TooOdd("too odd", "try another", "line 1\nline 2")


def fail(payload: JSON, emit: Emit) -> JSON:
    return {"value": payload["absent"]}


def return_no_json(payload: JSON, emit: Emit) -> JSON:
    return {"value": object()}


def crash(payload: JSON, emit: Emit) -> JSON:
    print("about to crash")
    ctypes.string_at(0)
    return {}


def exit_process(payload: JSON, emit: Emit) -> JSON:
    os._exit(payload["code"])


def exit_python(payload: JSON, emit: Emit) -> JSON:
    sys.exit("enough")


def interrupt(payload: JSON, emit: Emit) -> JSON:
    raise KeyboardInterrupt


def loop(payload: JSON, emit: Emit) -> JSON:
    while True:
        pass


def loop_deafly(payload: JSON, emit: Emit) -> JSON:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    while True:
        pass


def eat_memory(payload: JSON, emit: Emit) -> JSON:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def eat_memory_in_grandchildren(payload: JSON, emit: Emit) -> JSON:
    for _ in range(3):
        if os.fork() == 0:
            kept = bytearray(payload["bytes"])
            time.sleep(60)
            os._exit(len(kept) % 2)
    time.sleep(60)
    return {}


def ask_for_everything(payload: JSON, emit: Emit) -> JSON:
    return {"length": len(bytearray(1 << 60))}


def recurse(payload: JSON, emit: Emit) -> JSON:
    return recurse(payload, emit)


class Recursive:
    """Recurses through C, where no limit but the stack's holds."""

    def __call__(self, *_: object) -> list[object]:
        return sorted([2, 1], key=self)


def recurse_in_c(payload: JSON, emit: Emit) -> JSON:
    sys.setrecursionlimit(1_000_000_000)
    Recursive()()
    return {}


def print_much(payload: JSON, emit: Emit) -> JSON:
    for number in range(100_000):
        print(f"{number} " + "x" * 100)
    print("the last line", file=sys.stderr)
    if payload["then"] == "exit":
        os._exit(1)
    return {}


def leave_processes(payload: JSON, emit: Emit) -> JSON:
    """A child, a grandchild whose parent is gone, and a daemon in a session of its own."""
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    subprocess.Popen(program)
    subprocess.Popen(program, start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    if payload["then"] == "crash":
        ctypes.string_at(0)
    if payload["then"] == "loop":
        emit({})
        loop(payload, emit)
    return {}


def close_descriptors(payload: JSON, emit: Emit) -> JSON:
    os.closerange(3, 256)
    return {}


def write_everywhere(payload: JSON, emit: Emit) -> JSON:
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, b"debug\n")
        except OSError:
            continue
    return {}


def close_streams(payload: JSON, emit: Emit) -> JSON:
    sys.stdout.close()
    sys.stderr.close()
    return {"fine": True}


def wander(payload: JSON, emit: Emit) -> JSON:
    Path("left.txt").write_text("here")
    os.chdir("/")
    return {}


def remove_folder(payload: JSON, emit: Emit) -> JSON:
    import shutil

    shutil.rmtree(Path.cwd())
    return {}
