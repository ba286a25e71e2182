"""A file of a package whose text was changed: only what differs runs a second time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fusion_cli.model.errors import BadFile
from fusion_cli.runtime.load import load

ONCE = """\
from __future__ import annotations

from torch import nn

from .registry import register


@register
class Block(nn.Module):
    width: Unknown = 1


class Other(nn.Module):
    depth = 1


@register
def small():
    return Block()
"""
REGISTRY = """\
names = set()


def register(one):
    assert one.__name__ not in names, "registered twice"
    names.add(one.__name__)
    return one
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "zoo_that_registers"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "registry.py").write_text(REGISTRY)
    (folder / "blocks.py").write_text(ONCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder / "blocks.py"
    for name in [name for name in sys.modules if name.startswith("zoo_that_registers")]:
        del sys.modules[name]


def test_statements_as_they_were_are_not_run_again(package: Path) -> None:
    text = ONCE.replace("depth = 1", "depth = 2")
    found = load(text, str(package), "zoo_that_registers.blocks")
    whole = load(ONCE, str(package), "zoo_that_registers.blocks")
    assert (found["Other"].depth, whole["Other"].depth) == (2, 1)
    assert found["Block"] is whole["Block"]


def test_a_changed_statement_still_runs(package: Path) -> None:
    text = ONCE.replace("width: Unknown = 1", "width: Unknown = 2")
    with pytest.raises(Exception, match="registered twice"):
        load(text, str(package), "zoo_that_registers.blocks")


def test_a_folder_above_is_no_package_to_install(tmp_path: Path) -> None:
    text = "from toolbox_of_ours.norm import Norm\n"
    path = tmp_path / "project" / "nets" / "blocks" / "block.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(BadFile) as refused:
        load(text, str(path), None)
    assert refused.value.hint.startswith("install what provides `toolbox_of_ours`")
    (tmp_path / "project" / "toolbox_of_ours").mkdir()
    with pytest.raises(BadFile) as refused:
        load(text, str(path), None)
    assert (
        refused.value.hint == f"`toolbox_of_ours` is in {tmp_path / 'project'}: run fuse from there"
    )
