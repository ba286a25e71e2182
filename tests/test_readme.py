"""The README's blocks are run: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fusion_cli.model.requests import LAYOUTS
from fusion_cli.patterns.files import read_pattern
from tests.conftest import ROOT, Command
from tests.test_golden import COMMANDS

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCKS if found == kind]


def test_the_first_two_blocks_do_all_the_set_up() -> None:
    install, test = blocks("bash")[:2]
    assert install.count("\n") == test.count("\n") == 1
    assert "fuse replace Bottleneck AKConv" in install
    assert "pytest" in test
    assert all("python -m venv .venv && .venv/bin/pip install" in one for one in (install, test))


def test_the_tour_shows_what_is_printed(fuse_cmd: Command) -> None:
    session = blocks("console")[0]
    command, _, shown = session.partition("\n")
    found = fuse_cmd(*command.split()[2:])
    assert found.returncode == 0, found.stderr
    assert lasting(found.stdout) == lasting(shown)


CONV = "self.conv = nn.Conv2d(dim, dim, 1)"
SOUND = "x * self.conv(x).sigmoid()"
PAPERS = {
    "gate.py": ("Gate", f"{CONV}; self.scale = nn.Parameter(torch.zeros(dim))", SOUND),
    "mix.py": ("Mix", CONV, "x.add_(self.conv(x))"),
    "se.py": ("SE", CONV, SOUND),
    "shuffle.py": ("Shuffle", "pass", "x.unflatten(1, (4, -1)).transpose(1, 2).flatten(1, 2)"),
}
PAPER = """\
import torch
from torch import nn


class {}(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        {}

    def forward(self, x):
        return {}
"""


def test_a_folder_is_checked_as_shown(fuse_cmd: Command, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/utils.py").write_text("def double(v):\n    return 2 * v\n")
    for name, parts in PAPERS.items():
        (tmp_path / "papers" / name).write_text(PAPER.format(*parts))
    command, _, shown = next(
        one for one in blocks("console") if one.startswith("$ fuse check papers")
    ).partition("\n")
    found = fuse_cmd(*command.split()[2:])
    assert found.returncode == 1
    assert without_seconds(found.stdout) == without_seconds(shown)


def without_seconds(text: str) -> str:
    return re.sub(r"[\d.]+ s$", "", text, flags=re.MULTILINE)


def test_what_ci_is_told_to_run_exists() -> None:
    ci, hook = blocks("yaml")
    formats = re.findall(r"--format (\w+)", ci)
    assert sorted(formats) == sorted(set(LAYOUTS) - {"text"})
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert re.findall("id: (.*)", hook) == re.findall("id: (.*)", hooks)


def lasting(text: str) -> list[str]:
    """The lines without what differs from machine to machine."""
    return [line for line in text.splitlines() if not line.startswith(("seconds", "device"))]


@pytest.mark.parametrize("command", re.findall(r"^\$ fuse (show .*|list)$", README, re.MULTILINE))
def test_the_other_commands_of_the_tour_run(command: str, fuse_cmd: Command) -> None:
    found = fuse_cmd(*command.split())
    assert (found.returncode, found.stderr) == (0, "")


def test_the_class_that_is_shown_is_the_one_written() -> None:
    shown = next(one for one in blocks("python") if one.startswith("class Bottleneck_AKConv"))
    written = (ROOT / "generated/bottleneck_replace_akconv.py").read_text(encoding="utf-8")
    for line in shown.splitlines():
        if "self." in line or "y = " in line:
            assert line.strip().removeprefix("return ") in written


def test_the_notebook_example_runs() -> None:
    example = next(one for one in blocks("python") if "from fusion_cli" in one)
    scope: dict[str, object] = {}
    exec(example.replace("print(", "shown = ("), scope)
    assert scope["shown"] == []


def test_the_pattern_example_is_a_pattern() -> None:
    example = blocks("jinja")[0]
    assert example == (ROOT / "templates/patterns/parallel.py.j2").read_text(encoding="utf-8")
    assert read_pattern(ROOT / "templates/patterns/parallel.py.j2").summary in example


def test_the_gallery_commands_are_the_golden_ones() -> None:
    assert blocks("bash")[-1].splitlines() == [f"fuse {one}" for one in COMMANDS]
