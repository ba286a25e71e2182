"""The README's blocks are run: what it shows is what happens."""

from __future__ import annotations

import re

import pytest

from fusion_cli.patterns import load
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
    assert load(ROOT / "templates/patterns/parallel.py.j2").summary in example


def test_the_gallery_commands_are_the_golden_ones() -> None:
    assert blocks("bash")[-1].splitlines() == [f"fuse {one}" for one in COMMANDS]
