"""The gallery: `generated/` is what these commands write, byte for byte.

`pytest --remake` writes it anew; read the difference before you keep it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import black
import pytest

from tests.conftest import ROOT
from tests.fusing import demand_ok, fuse_here, request_of

GALLERY = ROOT / "generated"
COMMANDS = (
    "replace Bottleneck AKConv",
    "serial Bottleneck AKConv",
    "parallel Bottleneck AKConv",
    "concat Bottleneck AKConv",
    "residual Bottleneck AKConv",
    "gate Bottleneck AKConv",
    "merge Bottleneck AFF",
    "split Bottleneck AKConv",
    "parallel Bottleneck AKConv SE",
    "replace ConvNeXtBlock InceptionDWConv2d",
    "serial C2f CBAM",
    "serial ResNetBottleneck SE --at bn3",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_gallery_is_what_the_commands_write(
    command: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    words = request_of(command)
    place = GALLERY if request.config.getoption("--remake") else tmp_path
    outcome = fuse_here(
        str(words["pattern"]),
        str(words["host"]),
        *words["donors"],  # type: ignore[misc]
        output=str(place),
        force=True,
        verify="quick",
        **words["options"],  # type: ignore[arg-type]
    )
    demand_ok(outcome)
    written = Path(outcome.file).read_text(encoding="utf-8")
    assert written == (GALLERY / Path(outcome.file).name).read_text(encoding="utf-8")
    assert f"fuse {command}\n" in written


def test_the_gallery_holds_nothing_else() -> None:
    assert len(list(GALLERY.glob("*.py"))) == len(COMMANDS)


def test_black_in_its_default_style_has_nothing_to_say() -> None:
    for path in GALLERY.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert black.format_str(text, mode=black.Mode()) == text, path.name


@pytest.mark.parametrize(
    "tool",
    ["ruff check --isolated", pytest.param("mypy --config-file=", marks=pytest.mark.slow)],
)
def test_ruff_and_mypy_without_settings_have_nothing_to_say(tool: str, tmp_path: Path) -> None:
    files = [str(path) for path in GALLERY.glob("*.py")]
    cache = ["--cache-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", *tool.split(), *cache, *files], capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()
