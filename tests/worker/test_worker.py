"""The worker as its user sees it: whatever a job does ends in a value or in a clear error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import fusion_cli
from fusion_cli.model import errors
from fusion_cli.model.errors import (
    CannotConstruct,
    ExitCode,
    FuseError,
    InternalFault,
    MissingDevice,
    MissingResource,
)
from fusion_cli.worker import limits, protocol, spawn
from fusion_cli.worker.client import JobDied, Worker
from tests.worker.leftovers import becomes_true, marked_processes
from tests.worker.misbehaving import ECHO, MULTIPLY, SURROUNDINGS, Order, Product, order

HERE = Path(__file__).parent
MEMORY = limits.GIB // 2
NOTHING = Order()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def worker(scratch: Path) -> Iterator[Worker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        patch.setenv("TMPDIR", str(scratch))
        patch.setenv("FUSE_TEST_TOKEN", "secret")
        patch.setenv("FUSE_TEST_INDEX", "https://user:secret@example.org/simple")
        patch.setenv("OMP_NUM_THREADS", "2")
        with Worker.start(MEMORY, timeout=20) as started:
            yield started
    assert list(scratch.iterdir()) == []


@pytest.fixture
def mark() -> tuple[str, str]:
    """An environment variable by which the processes of one test are known."""
    return "FUSE_TEST_MARK", uuid.uuid4().hex


def run(worker: Worker, job: str, question: Order = NOTHING) -> Order:
    return worker.submit(order(job), question).result()


@pytest.mark.parametrize("text", ["卷积\ud800\n", "x" * 5_000_000], ids=["odd", "large"])
def test_the_answer_is_what_was_asked(worker: Worker, text: str) -> None:
    question = Order(text, 0.1, 2**70)
    assert run(worker, "echo", question) == question


def test_events_come_in_order_before_the_result(worker: Worker) -> None:
    seen: list[Order] = []
    worker.submit(order("count"), Order(count=5000)).result(seen.append)
    assert seen == [Order(count=number) for number in range(5000)]


def test_jobs_run_side_by_side_and_are_read_in_any_order(worker: Worker) -> None:
    start = time.monotonic()
    first, second = (worker.submit(order("nap"), Order(number=1.5)) for _ in range(2))
    assert second.result() == first.result() == NOTHING
    assert time.monotonic() - start < 2.9


def test_more_jobs_than_run_at_once(worker: Worker) -> None:
    jobs = [worker.submit(ECHO, Order(count=n)) for n in range(40)]
    assert [job.result() for job in jobs] == [Order(count=n) for n in range(40)]


def test_threads_of_torch_work_in_a_child(worker: Worker) -> None:
    assert worker.submit(MULTIPLY, NOTHING).result() == Product(3000.0, 2)


def test_surroundings_of_a_job(worker: Worker, scratch: Path) -> None:
    found = worker.submit(SURROUNDINGS, NOTHING).result()
    assert Path(found.cwd).is_relative_to(scratch) and found.temp == found.cwd
    assert found.input == ""
    assert found.argv == ("fuse",)
    assert found.terminable
    assert not found.cuda
    assert found.module == fusion_cli.__file__
    assert not {"FUSE_TEST_TOKEN", "FUSE_TEST_INDEX"} & found.environment.keys()
    assert {"HOME", "PATH"} & set(os.environ) <= found.environment.keys()


def test_nothing_of_other_jobs_is_open_in_a_job(worker: Worker) -> None:
    alone = worker.submit(SURROUNDINGS, NOTHING).result().descriptors
    others = [worker.submit(order("nap"), Order(number=0.5))]
    assert worker.submit(SURROUNDINGS, NOTHING).result().descriptors == alone
    others[0].result()


def test_folder_of_a_job_is_removed(worker: Worker, scratch: Path) -> None:
    for job in ("wander", "remove_folder"):
        assert run(worker, job) == NOTHING
    assert becomes_true(lambda: not list(scratch.glob("*/*")))


def test_error_keeps_its_class_or_the_nearest_known(worker: Worker) -> None:
    with pytest.raises(CannotConstruct, match="too odd") as caught:
        run(worker, "raise_unknown_error")
    assert type(caught.value) is CannotConstruct
    assert (caught.value.hint, caught.value.lines) == ("try another", "line 1\nline 2")
    assert caught.value.exit_code is ExitCode.CANNOT_FUSE


@pytest.mark.parametrize("job", ["fail", "answer_no_json"])
def test_fault_of_our_own_code_carries_the_traceback(worker: Worker, job: str) -> None:
    with pytest.raises(InternalFault) as caught:
        run(worker, job)
    assert "Traceback (most recent call last)" in str(caught.value.__cause__)
    assert "\n" not in caught.value.message


def test_job_that_does_not_exist_is_a_fault(worker: Worker) -> None:
    with pytest.raises(InternalFault, match="no_such_job"):
        run(worker, "no_such_job")


@pytest.mark.parametrize(
    ("job", "question", "reason", "innermost"),
    [
        ("crash", NOTHING, "was killed by signal 11 (segmentation fault)", "string_at"),
        ("exit_process", Order(count=3), "called os._exit(3)", None),
        ("exit_process", Order(count=0), "called os._exit(0)", None),
        ("exit_python", NOTHING, "called sys.exit('enough')", "exit_python"),
        ("interrupt", NOTHING, "raised KeyboardInterrupt", "interrupt"),
        ("recurse", NOTHING, "recursed without end (Python stack overflow)", "recurse"),
        ("recurse_in_c", NOTHING, "recursed without end (stack overflow)", "__call__"),
        ("ask_for_everything", NOTHING, "asked for more memory than there is", "ask_for_everything"),
        ("eat_memory", NOTHING, "used more than 0.5 GiB of memory", "eat_memory"),
        ("eat_memory_in_grandchildren", Order(count=MEMORY // 2),
         "used more than 0.5 GiB of memory", "eat_memory_in_grandchildren"),
        ("close_descriptors", NOTHING, "closed file descriptors that it had not opened", None),
        ("write_everywhere", NOTHING, "wrote to a file descriptor that it had not opened", None),
    ],
)  # fmt: skip
def test_death_of_a_job(
    worker: Worker, job: str, question: Order, reason: str, innermost: str | None
) -> None:
    """Why it died and, where Python can tell, at which line; and the worker goes on."""
    with pytest.raises(JobDied) as caught:
        run(worker, job, question)
    assert caught.value.reason == reason
    assert caught.value.exit_code is ExitCode.CANNOT_FUSE
    assert (caught.value.frames[0].function if caught.value.frames else None) == innermost
    assert len(caught.value.frames) <= 100
    assert run(worker, "echo", Order("again")) == Order("again")


def test_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that hangs is ended, and where it was is told; one that tells of itself goes on."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    with Worker.start(timeout=0.5) as worker:
        run(worker, "echo")
        start = time.monotonic()
        jobs = [worker.submit(order(name), NOTHING) for name in ("loop", "loop_deafly")]
        for job in jobs:
            with pytest.raises(JobDied, match=r"ran longer than 0\.5 s") as caught:
                job.result()
            assert "--timeout" in caught.value.hint
            if job is jobs[0]:
                assert "misbehaving.py:" in caught.value.message
        assert time.monotonic() - start < 4
        assert run(worker, "tell_and_nap", Order(count=4, number=0.25)) == NOTHING


def test_output_is_kept_but_not_all_of_it(worker: Worker) -> None:
    assert run(worker, "print_much", Order(then="return")) == NOTHING
    with pytest.raises(JobDied) as caught:
        run(worker, "print_much", Order(then="exit"))
    assert caught.value.output.endswith("the last line\n")
    assert 10_000 < len(caught.value.output) < 100_000
    assert len(caught.value.lines.splitlines()) == 10


def test_output_before_a_crash_is_told_without_the_dump(worker: Worker) -> None:
    with pytest.raises(JobDied) as caught:
        run(worker, "crash")
    assert caught.value.output == "about to crash\n"


def test_closed_streams_do_no_harm(worker: Worker) -> None:
    assert run(worker, "close_streams") == Order("fine")


@pytest.mark.parametrize("then", ["return", "crash"])
def test_processes_that_a_job_leaves_are_ended(mark: tuple[str, str], then: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        patch.setenv(*mark)
        with Worker.start() as worker:
            try:
                run(worker, "leave_processes", Order(then=then))
            except JobDied as died:
                assert then == "crash" and died.reason.startswith("was killed by signal 11")
            assert becomes_true(lambda: marked_processes(mark) == [worker._process.pid])
    assert marked_processes(mark) == []


def test_job_that_dies_does_not_touch_another(worker: Worker) -> None:
    lasting = worker.submit(order("nap"), Order(number=0.5))
    with pytest.raises(JobDied):
        run(worker, "leave_processes", Order(then="crash"))
    assert lasting.result() == NOTHING


def test_killed_from_outside(worker: Worker) -> None:
    job = worker.submit(order("nap"), Order(number=30))
    with pytest.raises(JobDied, match="was killed from outside"):
        job.result(lambda event: os.kill(event.count, signal.SIGKILL))


def test_jobs_start_quickly(worker: Worker) -> None:
    """In a small part of what a start without the worker takes, so the bound grows with the machine's load."""
    start = time.time()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    alone = time.time() - start
    delays = []
    for _ in range(15):
        start = time.time()
        delays.append(run(worker, "tell_time").number - start)
    assert min(delays) < alone / 20


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')",
         "torch is not installed"),
        ("raise ImportError('libcudart.so: cannot open')",
         "torch cannot be imported: ImportError: libcudart.so: cannot open"),
    ],
)  # fmt: skip
def test_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    (tmp_path / "torch.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Worker.start() as worker:
        for _ in range(2):  # the second is submitted to a worker that has ended
            with pytest.raises(MissingDevice) as caught:
                worker.submit(ECHO, NOTHING).result()
    assert caught.value.message == message
    assert "pip install torch" in caught.value.hint
    assert caught.value.exit_code is ExitCode.ENVIRONMENT


def test_a_worker_may_print_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with PYTHONVERBOSE: a pipe that nobody reads is full after 64 KiB."""
    program = "import sys; sys.stderr.write('x' * 300_000); raise ImportError('enough')"
    (tmp_path / "torch.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Worker.start() as worker, pytest.raises(MissingDevice, match="enough"):
        worker.submit(ECHO, NOTHING).result()


def test_working_directory_shadows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch.py", "json.py", "fusion_cli.py", "misbehaving.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.chdir(tmp_path)
    with Worker.start() as worker:
        assert worker.submit(SURROUNDINGS, NOTHING).result().module == fusion_cli.__file__


@pytest.mark.parametrize(
    ("number", "kind", "told"),
    [
        (signal.SIGKILL, MissingResource, "the worker was killed from outside"),
        (signal.SIGSEGV, InternalFault, "the worker ended with code -11"),
    ],
)
def test_worker_that_is_killed_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    number: signal.Signals,
    kind: type[FuseError],
    told: str,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Worker.start() as worker:
        job = worker.submit(order("nap"), Order(number=30))
        with pytest.raises(kind, match=told):
            job.result(lambda event: worker._process.send_signal(number))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("HOME", "/home/me", True),
        ("PWD", "/home/me", True),
        ("KEYBOARD", "us", True),
        ("TOKENIZERS_PARALLELISM", "false", True),
        ("HTTPS_PROXY", "http://proxy:3128", True),
        ("HTTPS_PROXY", "http://me:pass@proxy:3128", False),
        ("GITHUB_TOKEN", "x", False),
        ("AWS_SECRET_ACCESS_KEY", "x", False),
        ("AWSACCESSKEYID", "x", False),
        ("OPENAI_API_KEY", "x", False),
        ("WANDB_API_KEY", "x", False),
        ("PGPASSWORD", "x", False),
        ("MYSQL_PWD", "x", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", "x", False),
        ("db_password", "x", False),
        ("SSH_AUTH_SOCK", "x", False),
    ],
)
def test_environment(name: str, value: str, kept: bool) -> None:
    assert (name in spawn.worker_environment({name: value})) is kept


def test_environment_leaves_the_user_their_threads() -> None:
    assert spawn.worker_environment({"OMP_NUM_THREADS": "7"})["OMP_NUM_THREADS"] == "7"
    assert 1 <= int(spawn.worker_environment({})["OMP_NUM_THREADS"]) <= 4


def test_every_error_survives_the_pipe() -> None:
    for cls in vars(errors).values():
        if isinstance(cls, type) and issubclass(cls, errors.FuseError):
            back = protocol.unpack(protocol.pack(cls("what", "next", "lines")))
            assert type(back) is cls
            assert (str(back), back.hint, back.lines) == ("what", "next", "lines")


def test_client_imports_nothing_heavy() -> None:
    program = "import fusion_cli.worker.client, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not {"torch", "numpy", "libcst", "black", "jinja2", "typer"} & set(done.stdout.split())
