"""The command's processes killed at any moment: nothing is left, and no file is ever in part."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from fusion_cli.model.errors import MissingResource
from fusion_cli.worker import limits
from fusion_cli.worker.client import Worker
from fusion_cli.write import write_atomic
from tests.conftest import ROOT, hear_interrupts
from tests.worker.leftovers import becomes_true, marked_processes
from tests.worker.misbehaving import ECHO, Order, order

HERE = Path(__file__).parent
WRITTEN = ROOT / "generated" / "bottleneck_replace_akconv.py"
OLD, NEW = "old = 1\n" * 20_000, "new = 2\n" * 20_000
MARK = "FUSE_TEST_MARK"

PROGRAM = """
import sys
from pathlib import Path
from tests.worker.misbehaving import Order, order
from fusion_cli.write import write_atomic
from fusion_cli.worker.client import Worker

try:
    with Worker.start() as worker:
        print("started", flush=True)
        lasting = worker.submit(order("leave_processes"), Order(then=sys.argv[2]))
        lasting.result(lambda event: print("running", flush=True))
        for _ in range(30):
            for text in ("new = 2\\n" * 20_000, "old = 1\\n" * 20_000):
                write_atomic(Path(sys.argv[1]), text, force=True)
except KeyboardInterrupt:
    sys.exit(130)
"""


COMMAND = "replace Bottleneck AKConv --verify quick --force -o".split()


class Case:
    """One run of the program above, or of the command itself, with a scratch folder and a mark."""

    def __init__(self, folder: Path, then: str) -> None:
        self.mark = MARK, uuid.uuid4().hex
        self.then = then
        self.output = folder / "generated"
        self.scratch = folder / "scratch"
        self.output.mkdir(parents=True)
        self.scratch.mkdir()
        self.file = self.output / "block.py"
        self.file.write_text(OLD)
        paths = os.pathsep.join([str(HERE), str(ROOT)])
        program = ["-c", PROGRAM, str(self.file), then]
        command = ["-m", "fusion_cli", *COMMAND, str(self.file)]
        self.process = subprocess.Popen(
            [sys.executable, *(command if then == "fuse" else program)],
            env={
                **os.environ,
                MARK: self.mark[1],
                "TMPDIR": str(self.scratch),
                "PYTHONPATH": paths,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=hear_interrupts,
        )

    def wait_for(self, line: str) -> None:
        assert self.process.stdout
        while self.process.stdout.readline().strip() != line.encode():
            assert self.process.poll() is None

    def kill(self, victim: str = "parent") -> None:
        """Kill one process; after its worker the parent ends by itself."""
        workers = limits.child_processes(self.process.pid) if victim == "worker" else []
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not workers:
            self.process.kill()
        self.process.communicate(timeout=60)

    def check(self, patience: float) -> None:
        """Nothing is left of the run, and its file is whole."""
        assert becomes_true(lambda: not marked_processes(self.mark), patience)
        assert list(self.scratch.iterdir()) == []
        whole = (OLD, WRITTEN.read_text()) if self.then == "fuse" else (OLD, NEW)
        assert self.file.read_text() in whole
        write_atomic(self.file, "the next run\n", force=True)
        assert [path.name for path in self.output.iterdir()] == ["block.py"]


def kill_at_moments(folder: Path, count: int, kinds: Sequence[str], victims: Sequence[str]) -> None:
    """Kill runs at random moments, spread over the whole of what each kind of run takes.

    Each victim of each kind of run has as many of them, one in each of equal parts of that time.

    The seed is printed; FUSE_TEST_SEED repeats it.
    """
    seed = int(os.environ.get("FUSE_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FUSE_TEST_SEED={seed}")
    chance = random.Random(seed)
    longest = {kind: duration(folder / kind, kind) for kind in kinds}
    for number, (part, kind, victim) in enumerate(product(range(count), kinds, victims)):
        case = Case(folder / str(number), kind)
        time.sleep(longest[kind] * (part + chance.random()) / count)
        case.kill(victim)
        case.check(patience=5)


def duration(folder: Path, kind: str) -> float:
    """Seconds from the start of a run to its end, or until one that loops is well under way."""
    start = time.monotonic()
    case = Case(folder, kind)
    if kind == "loop":
        case.wait_for("running")
        case.kill()
    case.process.communicate()
    return 1.3 * (time.monotonic() - start)


def test_parent_killed(tmp_path: Path) -> None:
    case = Case(tmp_path, "loop")
    case.wait_for("running")
    case.kill()
    case.check(patience=5)


@pytest.mark.slow
def test_parent_or_worker_killed_at_120_moments(tmp_path: Path) -> None:
    """The command too: what it writes is whole, and in the end it runs as if nothing had been."""
    kill_at_moments(tmp_path, 20, ("loop", "return", "fuse"), ("parent", "worker"))
    case = Case(tmp_path / "last", "fuse")
    case.process.communicate()
    assert case.process.returncode == 0
    assert case.file.read_text() == WRITTEN.read_text()
    case.check(patience=0)


@pytest.mark.parametrize("line", ["started", "running"])
def test_interrupted_by_the_user(tmp_path: Path, line: str) -> None:
    """Ctrl-C goes to the whole process group of the terminal; on return all is gone."""
    case = Case(tmp_path, "loop")
    case.wait_for(line)
    os.killpg(case.process.pid, signal.SIGINT)
    assert case.process.wait(timeout=5) == 130
    case.check(patience=0)


def test_worker_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the worker go its jobs, also one that hangs, and what they have started."""
    mark = MARK, uuid.uuid4().hex
    monkeypatch.setenv(*mark)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    with Worker.start() as worker:
        worker.submit(ECHO, Order()).result()
        job = worker.submit(order("leave_processes"), Order(then="loop"))
        assert becomes_true(lambda: len(marked_processes(mark)) == 5)
        worker._process.kill()
        with pytest.raises(MissingResource, match="killed from outside"):
            job.result()
    assert marked_processes(mark) == []
    assert list(tmp_path.iterdir()) == []


def test_next_run_removes_what_both_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Parent and worker killed at once leave a folder; another living worker's folder stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    stale = tmp_path / "fusion-cli-stale"
    stale.mkdir()
    (stale / "left.txt").touch()
    (tmp_path / "other").mkdir()
    with Worker.start() as living, Worker.start() as next_run:
        living.submit(ECHO, Order()).result()
        next_run.submit(order("nap"), Order(number=1)).result()
        assert becomes_true(lambda: not stale.exists())
        assert len(list(tmp_path.glob("fusion-cli-*"))) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_closing_does_not_wait_for_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name is told at once, though torch's import has only begun."""
    mark = MARK, uuid.uuid4().hex
    monkeypatch.setenv(*mark)
    with Worker.start():
        time.sleep(0.2)
        start = time.monotonic()
    assert time.monotonic() - start < 0.2
    assert marked_processes(mark) == []


def test_memory_limit_follows_the_machine() -> None:
    assert 0 < limits.default_memory() <= 8 * limits.GIB


COMES_AND_GOES = """
import os
while True:
    if not (child := os.fork()):
        os.fork()
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_family_is_measured_while_its_members_end() -> None:
    """Some of 5000 looks fall between the end of a process and what is read of it."""
    with subprocess.Popen([sys.executable, "-c", COMES_AND_GOES]) as process:
        try:
            assert all(limits.occupied(process.pid) > 0 for _ in range(5000))
        finally:
            process.kill()
