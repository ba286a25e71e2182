"""The wheel, installed elsewhere: it brings the templates and the zoo, and needs no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from email.parser import Parser
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it but the installed wheel."""
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = wheels.iterdir()
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder), str(wheel)], check=True)
    return folder


def installed(site: Path, folder: Path, *words: str) -> str:
    """What the installed command prints in `folder`, where there is nothing else to import."""
    answer = subprocess.run(
        [sys.executable, "-m", "fusion_cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout


@pytest.mark.slow
@pytest.mark.parametrize("words", [["list", "--json"], ["--help"]])
def test_the_installed_command_says_what_the_checkout_says(
    site: Path, tmp_path: Path, fuse_cmd: Command, words: list[str]
) -> None:
    said = installed(site, tmp_path, *words)
    assert "replace" in said and said == fuse_cmd(*words).stdout


@pytest.mark.slow
def test_the_installed_command_fuses(site: Path, tmp_path: Path) -> None:
    installed(site, tmp_path, *"replace Bottleneck AKConv --verify quick".split())
    written = tmp_path / "generated" / "bottleneck_replace_akconv.py"
    assert written.read_text() == (ROOT / "generated" / written.name).read_text()


@pytest.mark.slow
def test_the_wheel_is_of_the_version_that_the_command_prints(site: Path, tmp_path: Path) -> None:
    (metadata,) = site.glob("fusion_cli-*.dist-info/METADATA")
    version = Parser().parsestr(metadata.read_text())["Version"]
    assert installed(site, tmp_path, "--version") == f"fuse {version}\n"
