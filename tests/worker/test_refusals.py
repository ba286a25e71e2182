"""Where the system refuses a process, a pipe or a file, `fuse` says so and ends with 5."""

from __future__ import annotations

import errno
import os
import resource
import socket
import subprocess
import sys

import pytest

from fusion_cli.model.basics import with_arguments
from fusion_cli.model.errors import MissingResource
from fusion_cli.worker.client import Worker
from tests.conftest import ROOT
from tests.worker.misbehaving import ECHO, Order


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_no_worker_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socketpair", refuse)
    with pytest.raises(MissingResource, match="Too many open files"):
        Worker.start()


def test_no_job_can_be_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with Worker.start() as worker:
        monkeypatch.setattr(os, "memfd_create", refuse)
        with pytest.raises(MissingResource, match="Too many open files"):
            worker.submit(ECHO, Order())


@pytest.mark.slow
@pytest.mark.parametrize("files", [10, 12])
def test_the_worker_itself_is_refused_what_it_needs(files: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fusion_cli", "check", "SE", "--verify", "quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    assert done.returncode == 5, done.stderr
    assert "the system refuses fuse" in done.stderr and "hint: see `ulimit -a`" in done.stderr


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"c1": "64", "act": "nn.SiLU()"}, "with c1=64, act=nn.SiLU()"),
        ({"bias": "True", "*": "(32, 16)"}, "with *(32, 16), bias=True"),
        ({}, "with its defaults"),
    ],
    ids=["keywords", "starred", "none"],
)
def test_a_configuration_is_told_as_its_call(args: dict[str, str], expected: str) -> None:
    assert with_arguments(args) == expected
