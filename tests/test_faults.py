"""The command's processes killed at any moment: nothing is left, and no file is ever in part."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_cli.output import write_atomic
from fusion_cli.runtime import limits
from fusion_cli.runtime.client import Worker
from tests.conftest import hear_interrupts
from tests.leftovers import becomes_true, marked_processes

TESTS = Path(__file__).parent
OLD, NEW = "old = 1\n" * 20_000, "new = 2\n" * 20_000
MARK = "FUSE_TEST_MARK"

PROGRAM = """
import sys
from pathlib import Path
from fusion_cli.output import write_atomic
from fusion_cli.runtime.client import Worker

try:
    with Worker.start() as worker:
        print("started", flush=True)
        lasting = worker.submit("misbehaving:leave_processes", {"then": sys.argv[2]})
        lasting.result(lambda event: print("running", flush=True))
        for _ in range(300):
            for text in ("new = 2\\n" * 20_000, "old = 1\\n" * 20_000):
                write_atomic(Path(sys.argv[1]), text, force=True)
except KeyboardInterrupt:
    sys.exit(130)
"""


class Case:
    """One run of the program above, with a scratch folder and a mark of its own."""

    def __init__(self, folder: Path, then: str) -> None:
        self.mark = MARK, uuid.uuid4().hex
        self.output = folder / "generated"
        self.scratch = folder / "scratch"
        self.output.mkdir(parents=True)
        self.scratch.mkdir()
        (self.output / "block.py").write_text(OLD)
        paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.output / "block.py"), then],
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

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def check(self, patience: float) -> None:
        """Nothing is left of the run, and its file is whole."""
        assert becomes_true(lambda: not marked_processes(self.mark), patience)
        assert list(self.scratch.iterdir()) == []
        assert (self.output / "block.py").read_text() in (OLD, NEW)
        write_atomic(self.output / "block.py", "the next run\n", force=True)
        assert [path.name for path in self.output.iterdir()] == ["block.py"]


def moments(count: int, longest: float) -> Iterator[float]:
    """Random moments, spread over the whole run."""
    chance = random.Random(0)
    for n in range(count):
        yield longest * (n + chance.random()) / count


def kill_at_moments(folder: Path, count: int) -> None:
    start = time.monotonic()
    case = Case(folder / "measure", "loop")
    case.wait_for("running")
    longest = 1.3 * (time.monotonic() - start)
    case.kill()
    case.check(patience=5)
    for number, moment in enumerate(moments(count, longest)):
        case = Case(folder / str(number), random.Random(number).choice(["loop", "return"]))
        time.sleep(moment)
        case.kill()
        case.check(patience=5)


def test_parent_killed(tmp_path: Path) -> None:
    kill_at_moments(tmp_path, count=6)


@pytest.mark.slow
def test_parent_killed_at_200_moments(tmp_path: Path) -> None:
    kill_at_moments(tmp_path, count=200)


@pytest.mark.parametrize("line", ["started", "running"])
def test_interrupted_by_the_user(tmp_path: Path, line: str) -> None:
    """Ctrl-C goes to the whole process group of the terminal; on return all is gone."""
    case = Case(tmp_path, "loop")
    case.wait_for(line)
    os.killpg(case.process.pid, signal.SIGINT)
    assert case.process.wait(timeout=5) == 130
    case.check(patience=0)


def test_worker_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the worker go its jobs, also one that hangs."""
    mark = MARK, uuid.uuid4().hex
    monkeypatch.setenv(*mark)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    with Worker.start() as worker:
        worker.submit("misbehaving:echo", {}).result()
        worker.submit("misbehaving:loop", {})
        assert becomes_true(lambda: len(marked_processes(mark)) == 2)
        worker._process.kill()
        assert becomes_true(lambda: not marked_processes(mark))
    assert list(tmp_path.iterdir()) == []


def test_next_run_removes_what_both_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Parent and worker killed at once leave a folder; another living worker's folder stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    stale = tmp_path / "fusion-cli-stale"
    stale.mkdir()
    (stale / "left.txt").touch()
    (tmp_path / "other").mkdir()
    with Worker.start() as living, Worker.start() as next_run:
        living.submit("misbehaving:echo", {}).result()
        next_run.submit("misbehaving:nap", {"seconds": 1}).result()
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
