"""References: zoo names, files, import paths; and what is said when they lead nowhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fusion_cli import zoo
from fusion_cli.model.errors import BadFile, FuseError, UnknownName
from fusion_cli.resolve.references import resolve
from tests.conftest import TESTS

WILD = TESTS / "data" / "wild"
BLOCK = "from torch import nn\n\n\nclass Block(nn.Module):\n    pass\n"


def refused(ref: str, kind: type[FuseError]) -> FuseError:
    with pytest.raises(kind) as error:
        resolve(ref)
    assert error.value.message[0].islower() or error.value.message[0] in "`/"
    assert error.value.hint
    return error.value


@pytest.mark.parametrize("name", ["AKConv", "akconv", "AKCONV"])
def test_zoo_names_in_any_case(name: str) -> None:
    source = resolve(name)
    assert (source.name, source.origin) == ("AKConv", "zoo")
    assert source.module == "fusion_cli.zoo.donors.akconv"
    assert source.text == source.path.read_text("utf-8")


def test_every_zoo_file_is_an_entry_and_can_be_resolved() -> None:
    for kind in ("hosts", "donors"):
        entries = zoo.entries(kind)
        assert [entry.name for entry in entries] == sorted(
            (entry.name for entry in entries), key=str.lower
        )
        files = {path for path in entries[0].path.parent.glob("*.py") if path.stem != "__init__"}
        assert {entry.path for entry in entries} == files
        for entry in entries:
            assert entry.summary
            assert "\n" not in entry.summary
            assert resolve(entry.name, (kind,)).path == entry.path


def test_a_kind_limits_the_zoo() -> None:
    with pytest.raises(UnknownName, match="there is no `AKConv` in the zoo"):
        resolve("AKConv", ("hosts",))


def test_a_near_miss_is_offered() -> None:
    assert "did you mean `AKConv`" in refused("AKKonv", UnknownName).hint
    assert "fuse list" in refused("zzzzzz", UnknownName).hint


@pytest.mark.parametrize("folder", ["plain", "with spaces", "[v2] (1)", "注意力", "a:b", "x.py"])
@pytest.mark.parametrize("file", ["block.py", "注意力 [v2].py", "a-b.c.py", "C.py"])
def test_paths_of_all_kinds(tmp_path: Path, folder: str, file: str) -> None:
    path = tmp_path / folder / file
    path.parent.mkdir()
    path.write_text(BLOCK)
    for ref in (str(path), f"{path}:Block"):
        source = resolve(ref)
        assert (source.name, source.path, source.ref) == ("Block", path, ref)
        assert (source.origin, source.module, source.text) == ("file", None, BLOCK)


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "block.py").write_text(BLOCK)
    monkeypatch.chdir(tmp_path)
    for ref in ("block.py", "block.py:Block", "./block.py", ".\\block.py"[2:]):
        assert resolve(ref).path == tmp_path / "block.py"


def test_a_drive_letter_is_part_of_the_path() -> None:
    assert "C:\\blocks\\none.py" in refused("C:\\blocks\\none.py", UnknownName).message
    assert "C:\\blocks\\none.py" in refused("C:\\blocks\\none.py:Block", UnknownName).message


def test_the_class_of_a_file(tmp_path: Path) -> None:
    assert resolve(str(WILD / "one_root.py")).name == "Whole"
    demo = (WILD / "several_classes.py").read_text() + (
        "\nif __name__ == '__main__':\n    import torch\n    Left()(torch.randn(1, 3, 8, 8))\n"
    )
    (tmp_path / "demo.py").write_text(demo)
    assert resolve(str(tmp_path / "demo.py")).name == "Left"


def test_several_classes_are_listed() -> None:
    error = refused(str(WILD / "several_classes.py"), BadFile)
    assert error.message.endswith("holds several modules: Left, Right")
    assert error.hint == "say which: `several_classes.py:Left`"


def test_a_class_that_another_uses_through_a_function_is_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "res.py"
    path.write_text(
        "import torch.nn as nn\n"
        "class Norm32(nn.GroupNorm):\n    pass\n"
        "def groups(c):\n    return Norm32(32, c)\n"
        "def normalization(c):\n    return groups(c)\n"
        "class ResBlock(nn.Module):\n"
        "    def __init__(self, c):\n"
        "        super().__init__()\n"
        "        self.norm = normalization(c)\n"
        "def res_block(c):\n    return ResBlock(c)\n"
    )
    assert resolve(str(path)).name == "ResBlock"


def test_a_class_that_is_no_module_is_refused() -> None:
    path = WILD / "several_classes.py"
    for name in ("Config", "Mode"):
        assert "is not an nn.Module" in refused(f"{path}:{name}", BadFile).message


def test_an_unknown_class_is_answered_with_those_that_are_there() -> None:
    path = WILD / "several_classes.py"
    assert "did you mean `Left`" in refused(f"{path}:Lefft", UnknownName).hint
    assert "Config, Left, Mode, Right" in refused(f"{path}:Zzz", UnknownName).hint


def test_a_class_below_the_part_that_parses_is_explained(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(BLOCK + "oops oops\nclass Late(nn.Module):\n    pass\n")
    assert "line 6 is no Python" in refused(f"{tmp_path / 'b.py'}:Late", UnknownName).hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("x = 1\n", "holds no class"),
        ("class A:\n    pass\nclass B(A):\n    pass\n", "no class in .* is an nn.Module"),
        ("class A(Exception):\n    pass\n", "no class in .* is an nn.Module"),
        ("import torch\nclass A(torch.autograd.Function):\n    pass\n", "is an nn.Module"),
        ("from enum import Enum as E\nclass A(E):\n    pass\n", "is an nn.Module"),
        ("import helper\nclass A(helper.Base):\n    pass\n", "is an nn.Module"),
        ("from helper import Base\nclass A(Base):\n    pass\n", "is an nn.Module"),
        ("once upon a time\n", "is not Python"),
    ],
)
def test_files_without_a_module(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "helper.py").write_text("class Base:\n    pass\n")
    (tmp_path / "block.py").write_text(text)
    with pytest.raises(BadFile, match=said):
        resolve(str(tmp_path / "block.py"))


@pytest.mark.parametrize(
    "text",
    [
        "class A(nn.Module):\n    pass\n",
        "from somewhere import Base\nclass A(Base):\n    pass\n",
        "class B(Module):\n    pass\nclass A(B):\n    pass\n",
        "from torch import nn\nclass A(nn.Sequential):\n    pass\n",
        "from typing import Generic\nclass A(Generic[T], nn.Module):\n    pass\n",
        "import torch\nif torch:\n    class A(torch.nn.Module):\n        pass\n",
        "from helper import Base\nclass A(Base):\n    pass\n",
    ],
)
def test_what_may_be_a_module_is_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "helper.py").write_text("import torch\nclass Base(torch.nn.Module):\n    pass\n")
    (tmp_path / "block.py").write_text(text)
    assert resolve(str(tmp_path / "block.py")).name == "A"


def test_missing_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(BLOCK)
    assert "did you mean `block.py`" in refused(f"{tmp_path}/blokc.py:Block", UnknownName).hint
    assert "there is no file" in refused("nowhere/at/all.py", UnknownName).message
    assert "is a folder" in refused(str(tmp_path), BadFile).message
    assert "no class name" in refused(f"{tmp_path}/block.py:3x", UnknownName).message


def test_what_was_done_to_a_file_is_noted() -> None:
    assert "used up to line 16" in "".join(resolve(str(WILD / "notes_below.py")).notes)
    assert "supplied" in "".join(resolve(str(WILD / "forgotten_imports.py")).notes)


def test_a_class_from_a_helper_file_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text("from helper import Base as Block\nfrom torch import nn\n")
    (tmp_path / "helper.py").write_text("class Base(nn.Module):\n    pass\n")
    source = resolve(f"{tmp_path / 'block.py'}:Block")
    assert (source.name, source.path) == ("Base", tmp_path / "helper.py")
    assert source.text.startswith("from torch import nn\n"), "the helper is supplied, too"


def test_another_name_of_a_class_stands_for_it(tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text(f"{BLOCK}\n\nOld = Block\n")
    (tmp_path / "kin.py").write_text("from blocks import Old\n\nOlder = Old\nA = B\nB = A\n")
    assert resolve(f"{tmp_path}/blocks.py:Old").name == "Block"
    found = resolve(f"{tmp_path}/kin.py:Older")
    assert (found.name, found.path.name) == ("Block", "blocks.py")
    refused(f"{tmp_path}/kin.py:A", BadFile)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with re-exports, whose `__init__` must never run."""
    root = tmp_path / "site-packages" / "my_layers_pkg"
    (root / "ops").mkdir(parents=True)
    (root / "__init__.py").write_text("from .ops import *\nraise SystemExit('was imported')\n")
    (root / "ops" / "__init__.py").write_text("from .conv import Block, Hidden as _Hidden\n")
    (root / "ops" / "conv.py").write_text(
        "from torch import nn\nclass Block(nn.Module):\n    pass\nclass Hidden(Block):\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(root.parent))
    return root


@pytest.mark.parametrize("module", ["my_layers_pkg", "my_layers_pkg.ops", "my_layers_pkg.ops.conv"])
def test_import_paths_are_followed_without_importing(package: Path, module: str) -> None:
    source = resolve(f"{module}:Block")
    assert (source.name, source.origin) == ("Block", "package")
    assert source.module == "my_layers_pkg.ops.conv"
    assert source.path == package / "ops" / "conv.py"
    assert "my_layers_pkg" not in sys.modules


def test_a_file_of_an_installed_package_is_known_as_such(package: Path) -> None:
    source = resolve(f"{package / 'ops' / 'conv.py'}:Block")
    assert (source.module, source.origin) == ("my_layers_pkg.ops.conv", "package")


def test_star_imports_do_not_hand_on_what_is_private(package: Path) -> None:
    assert resolve("my_layers_pkg.ops:_Hidden").name == "Hidden"
    assert "there is no class `_Hidden`" in refused("my_layers_pkg:_Hidden", UnknownName).message


def test_unknown_modules_and_classes_of_packages(package: Path) -> None:
    assert "install the package" in refused("no_such_pkg.x:Y", UnknownName).hint
    assert "`my_layers_pkg` is installed" in refused("my_layers_pkg.x:Y", UnknownName).hint
    assert "did you mean `Block`" in refused("my_layers_pkg.ops.conv:Blokc", UnknownName).hint
    assert "has no Python source" in refused("unicodedata:X", BadFile).message


def test_a_module_in_the_working_directory_is_a_loose_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_local_models").mkdir()
    (tmp_path / "my_local_models" / "block.py").write_text(BLOCK)
    monkeypatch.chdir(tmp_path)
    source = resolve("my_local_models.block:Block")
    assert (source.origin, source.module) == ("file", None)


def test_torch_itself_is_read_and_not_imported() -> None:
    code = (
        "import sys; from fusion_cli import zoo; from fusion_cli.resolve.references import resolve;"
        "s = resolve('torch.nn.modules.conv:Conv2d'); zoo.entries('hosts');"
        "print(s.name, s.module, [m for m in ('torch', 'libcst', 'black', 'jinja2') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "Conv2d torch.nn.modules.conv []\n"
