"""Verdicts on a busy machine: the same rows as on a quiet one, to the last word."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fusion_cli.model.basics import JSON
from tests.conftest import Command
from tests.test_golden import COMMANDS

JOINED = """import torch
from torch import nn


class Joined(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv = nn.Conv2d(2 * c1, c2, 1)

    def forward(self, x):
        return self.cv(torch.cat(x, 1))
"""


def rows_of(fuse_cmd: Command, words: str) -> list[JSON]:
    """The rows of the battery without the time that each took."""
    done = fuse_cmd(*words.split(), "--dry-run", "--json", "--timeout", "1800", limit=3600)
    rows: list[JSON] = json.loads(done.stdout)["checks"]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.slow
def test_four_processes_a_core_give_the_rows_of_one(fuse_cmd: Command, tmp_path: Path) -> None:
    (tmp_path / "joined.py").write_text(JOINED)
    commands = (*COMMANDS, "serial joined.py SE --at cv")
    quiet = {words: rows_of(fuse_cmd, words) for words in commands}
    assert all(quiet.values())
    at_once = 4 * (os.cpu_count() or 1)
    again = [words for words in commands for _ in range(max(1, 3 * at_once // len(commands)))]
    with ThreadPoolExecutor(at_once) as pool:
        busy = list(pool.map(lambda words: rows_of(fuse_cmd, words), again))
    assert [(words, rows) for words, rows in zip(again, busy, strict=True)] == [
        (words, quiet[words]) for words in again
    ]
