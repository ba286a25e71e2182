"""Jobs for the worker that do what modules under test may do. Imported in the worker's children."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fusion_cli.model.errors import CannotConstruct
from fusion_cli.model.jobs import Emit, Job


@dataclass(frozen=True)
class Order:
    """What a job is asked: each reads what it needs."""

    text: str = ""
    number: float = 0.0
    count: int = 0
    then: str = "return"


@dataclass(frozen=True)
class Surroundings:
    """What a job finds around itself."""

    cwd: str
    temp: str
    environment: Mapping[str, str]
    input: str
    descriptors: int
    argv: tuple[str, ...]
    cuda: bool
    terminable: bool
    module: str | None


@dataclass(frozen=True)
class Product:
    gradient: float
    threads: int


def order(name: str) -> Job[Order, Order, Order]:
    """The job of that name, whose question, answer and events are orders."""
    return Job(f"misbehaving:{name}", Order, Order, (Order,))


ECHO = order("echo")
SURROUNDINGS: Job[Order, Surroundings, None]
SURROUNDINGS = Job("misbehaving:surroundings", Order, Surroundings)
MULTIPLY: Job[Order, Product, None] = Job("misbehaving:multiply", Order, Product)


def echo(question: Order, emit: Emit[Order]) -> Order:
    return question


def tell_time(question: Order, emit: Emit[Order]) -> Order:
    return Order(number=time.time())


def count(question: Order, emit: Emit[Order]) -> Order:
    for number in range(question.count):
        emit(Order(count=number))
    return Order()


def surroundings(question: Order, emit: Emit[None]) -> Surroundings:
    import tempfile

    return Surroundings(
        cwd=str(Path.cwd()),
        temp=tempfile.gettempdir(),
        environment=dict(os.environ),
        input=sys.stdin.read(),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        argv=tuple(sys.argv),
        cuda=sys.modules["torch"].cuda.is_initialized(),
        terminable=signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
        module=sys.modules["fusion_cli"].__file__,
    )


def multiply(question: Order, emit: Emit[None]) -> Product:
    import torch

    matrix = torch.ones(1500, 1500, requires_grad=True)
    (matrix @ matrix).sum().backward()  # type: ignore[no-untyped-call]
    assert matrix.grad is not None
    return Product(float(matrix.grad[0, 0]), torch.get_num_threads())


def nap(question: Order, emit: Emit[Order]) -> Order:
    emit(Order(count=os.getpid()))
    time.sleep(question.number)
    return Order()


def tell_and_nap(question: Order, emit: Emit[Order]) -> Order:
    for number in range(question.count):
        emit(Order(count=number))
        time.sleep(question.number)
    return Order()


def raise_unknown_error(question: Order, emit: Emit[Order]) -> Order:
    class TooOdd(CannotConstruct):
        """A kind of error that the parent does not know."""

    raise TooOdd("too odd", "try another", "line 1\nline 2")


def fail(question: Order, emit: Emit[Order]) -> Order:
    return Order(question.then[100])


def answer_no_json(question: Order, emit: Emit[Order]) -> Order:
    return Order(object())  # type: ignore[arg-type]


def crash(question: Order, emit: Emit[Order]) -> Order:
    print("about to crash")
    ctypes.string_at(0)
    return Order()


def exit_process(question: Order, emit: Emit[Order]) -> Order:
    os._exit(question.count)


def exit_python(question: Order, emit: Emit[Order]) -> Order:
    sys.exit("enough")


def interrupt(question: Order, emit: Emit[Order]) -> Order:
    raise KeyboardInterrupt


def loop(question: Order, emit: Emit[Order]) -> Order:
    while True:
        pass


def loop_deafly(question: Order, emit: Emit[Order]) -> Order:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    while True:
        pass


def eat_memory(question: Order, emit: Emit[Order]) -> Order:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def eat_memory_in_grandchildren(question: Order, emit: Emit[Order]) -> Order:
    for _ in range(3):
        if os.fork() == 0:
            kept = bytearray(question.count)
            time.sleep(60)
            os._exit(len(kept) % 2)
    time.sleep(60)
    return Order()


def ask_for_everything(question: Order, emit: Emit[Order]) -> Order:
    return Order(count=len(bytearray(1 << 60)))


def recurse(question: Order, emit: Emit[Order]) -> Order:
    return recurse(question, emit)


class Recursive:
    """Recurses through C, where no limit but the stack's holds."""

    def __call__(self, *_: object) -> list[object]:
        return sorted([2, 1], key=self)


def recurse_in_c(question: Order, emit: Emit[Order]) -> Order:
    sys.setrecursionlimit(1_000_000_000)
    Recursive()()
    return Order()


def print_much(question: Order, emit: Emit[Order]) -> Order:
    for number in range(100_000):
        print(f"{number} " + "x" * 100)
    print("the last line", file=sys.stderr)
    if question.then == "exit":
        os._exit(1)
    return Order()


def leave_processes(question: Order, emit: Emit[Order]) -> Order:
    """A child, a grandchild whose parent is gone, and a daemon in a session of its own."""
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    subprocess.Popen(program)
    subprocess.Popen(program, start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    if question.then == "crash":
        ctypes.string_at(0)
    if question.then == "loop":
        emit(Order())
        loop(question, emit)
    return Order()


def close_descriptors(question: Order, emit: Emit[Order]) -> Order:
    os.closerange(3, 256)
    return Order()


def write_everywhere(question: Order, emit: Emit[Order]) -> Order:
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, b"debug\n")
        except OSError:
            continue
    return Order()


def close_streams(question: Order, emit: Emit[Order]) -> Order:
    sys.stdout.close()
    sys.stderr.close()
    return Order("fine")


def wander(question: Order, emit: Emit[Order]) -> Order:
    Path("left.txt").write_text("here")
    os.chdir("/")
    return Order()


def remove_folder(question: Order, emit: Emit[Order]) -> Order:
    import shutil

    shutil.rmtree(Path.cwd())
    return Order()
