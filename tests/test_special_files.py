"""Pipes and devices in the place of files: refused, where reading them would never end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fusion_cli import recipe
from fusion_cli.model.errors import BadFile, BadRecipe, CannotWrite, OutputExists
from fusion_cli.model.outcomes import Missed
from fusion_cli.model.requests import CheckRequest, FuseRequest
from fusion_cli.resolve.folders import references_in
from fusion_cli.resolve.references import resolve
from fusion_cli.write import demand_free, diff

REQUEST = FuseRequest("serial", "Bottleneck", ("SE",))


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe that somebody holds open and nobody writes to; it holds what is no module."""
    path = tmp_path / "pipe.py"
    os.mkfifo(path)
    os.write(os.open(path, os.O_RDWR), b"class")
    return path


def test_a_pipe_is_no_module(pipe: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read: not a regular file"):
        resolve(str(pipe))


def test_a_pipe_in_a_folder_stops_no_check(pipe: Path) -> None:
    (pipe.parent / "sound.py").write_text("from torch import nn\nclass A(nn.Module): pass\n")
    refused, _ = references_in([CheckRequest(str(pipe.parent))], each=False)
    assert isinstance(refused, Missed)
    assert refused.error is not None
    assert refused.error.message.endswith("cannot be read: not a regular file")


@pytest.mark.parametrize("place", ["/dev/null", "pipe"])
def test_a_device_is_no_recipe(place: str, pipe: Path) -> None:
    path = pipe if place == "pipe" else Path(place)
    with pytest.raises(BadRecipe, match="cannot be read: not a regular file"):
        recipe.read_recipe(path)
    with pytest.raises(CannotWrite, match="not a regular file"):
        recipe.demand_place(path, REQUEST)


def test_a_pipe_is_no_output(pipe: Path) -> None:
    for show in (lambda: demand_free(pipe, "", force=True), lambda: diff(pipe, "")):
        with pytest.raises(CannotWrite, match="not a regular file"):
            show()


@pytest.mark.parametrize("text", ["", "import torch\n", "[project]\nname = 'mine'\n"])
def test_a_recipe_takes_the_place_of_nothing_but_a_recipe(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    forced = FuseRequest("serial", "Bottleneck", ("SE",), force=True)
    with pytest.raises(OutputExists, match="exists and is no recipe"):
        recipe.demand_place(path, forced)
    path.write_text(recipe.written(REQUEST).replace("SE", "CBAM"))
    recipe.demand_place(path, forced)
    with pytest.raises(OutputExists, match="exists and differs"):
        recipe.demand_place(path, REQUEST)
