"""The front door: which commands start a worker before all else, and that it is taken or ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fusion_cli import __main__ as front
from fusion_cli.command import cli
from fusion_cli.worker import spawn
from fusion_cli.worker.client import Worker
from tests.conftest import ROOT
from tests.worker.leftovers import marked_processes

FUSE = ["replace", "Bottleneck", "AKConv"]


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[spawn.Spawned]:
    """Every worker that is started."""
    started: list[spawn.Spawned] = []
    start = spawn.spawn

    def keep() -> spawn.Spawned:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(spawn, "spawn", keep)
    return started


def run(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> int:
    monkeypatch.setattr(sys, "argv", ["fuse", *words])
    return front.main()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (FUSE, 1),
        (["check", "SE"], 1),
        (["show", "SE"], 1),
        ([], 0),
        (["list"], 0),
        (["--version"], 0),
        (["--help"], 0),
        ([*FUSE, "--help"], 0),
        (["check", "-h"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_worker_is_started_where_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, spawned: list[spawn.Spawned], words: list[str], count: int
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(cli, "main", lambda words: seen.append(len(spawned)) or 0)
    assert run(monkeypatch, words) == 0
    assert seen == [count]


def test_completion_starts_none(
    monkeypatch: pytest.MonkeyPatch, spawned: list[spawn.Spawned]
) -> None:
    monkeypatch.setenv("_FUSE_COMPLETE", "complete_bash")
    monkeypatch.setattr(cli, "main", lambda words: 0)
    assert run(monkeypatch, FUSE) == 0
    assert spawned == []


def test_the_worker_that_was_started_ahead_is_the_one_that_works(
    spawned: list[spawn.Spawned],
) -> None:
    spawn.ahead()
    with Worker.start() as worker:
        assert [one.process for one in spawned] == [worker._process]
        with Worker.start() as second:
            assert second._process is not worker._process
    assert all(one.process.returncode is not None for one in spawned)


def test_a_worker_that_nobody_took_is_ended(
    monkeypatch: pytest.MonkeyPatch, spawned: list[spawn.Spawned]
) -> None:
    assert run(monkeypatch, ["replace", "Bottleneck"]) == 2
    (started,) = spawned
    assert started.process.returncode is not None
    assert marked_processes((spawn.MARK, started.mark)) == []


def test_a_refused_process_is_told_by_who_needs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert run(monkeypatch, FUSE) == 5
    assert "Resource temporarily unavailable" in capsys.readouterr().err


class Interrupting:
    """Stands where modules are found: Ctrl-C comes while the command line is imported."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "fusion_cli.command.cli":
            raise KeyboardInterrupt


@pytest.fixture
def interrupting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delitem(sys.modules, "fusion_cli.command.cli")
    monkeypatch.delattr("fusion_cli.command.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    yield


@pytest.mark.usefixtures("interrupting")
def test_ctrl_c_at_the_start_is_130_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
    spawned: list[spawn.Spawned],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, FUSE) == 130
    assert capsys.readouterr() == ("", "")
    (started,) = spawned
    assert started.process.returncode is not None


@pytest.mark.parametrize("closed", ["<&- >&-", ">&- 2>&-"])
def test_closed_streams_do_no_harm(tmp_path: Path, closed: str) -> None:
    """What is opened takes the numbers of closed streams, which a child's own streams then take."""
    words = f"{sys.executable} -m fusion_cli serial Bottleneck SE --verify quick {closed}"
    done = subprocess.run(
        ["sh", "-c", words], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0
    assert (tmp_path / "generated/bottleneck_serial_se.py").exists()
