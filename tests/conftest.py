"""Fixtures that several test files share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run side by side, on small tensors
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def hear_interrupts() -> None:
    """As at a terminal (for `preexec_fn`): a shell lets what it runs in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--remake",
        action="store_true",
        help="write golden files and case files anew; read the difference before you keep it",
    )


@pytest.fixture
def fuse_cmd(tmp_path: Path) -> Command:
    """`fuse_cmd("list", "--json")` runs the command as a process of its own in `tmp_path`.

    `limit` is how many seconds it may take; other keyword arguments are environment variables. The
    result has `returncode`, `stdout`, `stderr`.
    """

    def run(*words: str, limit: float = 120, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-m", "fusion_cli", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
        )

    return run
