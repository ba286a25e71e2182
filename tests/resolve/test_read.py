"""Files as people have them: encodings, line ends, notes below, imports that were forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.model.errors import BadFile, UnknownName
from fusion_cli.resolve.flatten import flatten
from fusion_cli.resolve.supply import import_of, supply
from fusion_cli.syntax.read import read
from fusion_cli.syntax.statements import is_main_block
from tests.conftest import TESTS

DATA = TESTS / "data"
SOURCE = "import torch\n\n\nclass Block(torch.nn.Module):\n    name = '模块'  # 注释\n"


def write(folder: Path, data: bytes) -> Path:
    path = folder / "block.py"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gb18030", "GB18030"), ("gbk", "GB"), ("utf-16", "UTF-16")],
)
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, noted: str) -> None:
    text, notes = read(write(tmp_path, SOURCE.encode(encoding)))
    assert text == SOURCE
    assert noted in "".join(notes)
    assert bool(notes) == bool(noted)


def test_a_declared_encoding_is_obeyed(tmp_path: Path) -> None:
    source = "# -*- coding: cp1251 -*-\nclass Блок:\n    имя = 'ю'\n"
    text, notes = read(write(tmp_path, source.encode("cp1251")))
    assert text == source
    assert notes == ("block.py is read as CP1251",)


def test_a_declared_encoding_may_be_wrong(tmp_path: Path) -> None:
    source = "# -*- coding: utf-8 -*-\n" + SOURCE
    assert read(write(tmp_path, source.encode("gb18030")))[0] == source


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_become_newlines(tmp_path: Path, end: str) -> None:
    assert read(write(tmp_path, SOURCE.replace("\n", end).encode())) == (SOURCE, ())


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("class A:\n\tx = 1\n\tdef f(self):\n\t\treturn 2\n", ""),
        ("class A:\n\tx = 1\n        y = 2\n", "tabs"),
        ("class A:\n\tx = 1\n    y = 2\n", "tabs"),
        ("class A:\n\u00a0\u00a0\u00a0\u00a0x\u00a0= 1\n", "invisible"),
        ("\u200bclass A:\n    x = 1\n", "invisible"),
    ],
)
def test_blanks_of_all_kinds(tmp_path: Path, body: str, note: str) -> None:
    text, notes = read(write(tmp_path, body.encode()))
    assert [type(node) for node in ast.parse(text).body] == [ast.ClassDef]
    assert note in "".join(notes)
    assert bool(note) == bool(notes)


def test_notes_below_the_code_are_cut_off() -> None:
    path = DATA / "wild" / "notes_below.py"
    text, notes = read(path)
    assert text == path.read_text("utf-8").partition("第一步")[0]
    assert notes == ("notes_below.py is used up to line 16: line 17 is no Python",)


def test_notes_above_the_code_are_left_out_without_moving_a_line(tmp_path: Path) -> None:
    source = "安装 说明:\n  pip install it\n还有 一行\n" + SOURCE + "end of file\n"
    text, notes = read(write(tmp_path, source.encode()))
    assert text == "\n\n\n" + SOURCE
    assert notes == (
        "block.py is used up to line 8: line 9 is no Python",
        "block.py: what is no Python is left out (lines 1 to 3)",
    )


def test_a_class_that_is_cut_in_two_is_not_used(tmp_path: Path) -> None:
    source = SOURCE + "class Half:\n    def f(self):\n        return (1,\n\nnotes in the end\n"
    text, _ = read(write(tmp_path, source.encode()))
    assert text == SOURCE


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x7fELF\0\0\1", "is a binary file"),
        (b"once upon a time\nthere was\n", "is not Python: line 1: invalid syntax"),
        (b"def f(:\n    pass\n", "is not Python: line 1"),
    ],
)
def test_what_is_no_python_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(BadFile, match=said) as error:
        read(path)
    assert str(path) in error.value.message
    assert error.value.hint or "binary" in said


def test_the_faulty_line_is_shown(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as error:
        read(write(tmp_path, b"x = 1\nonce upon a time\n"))
    assert error.value.lines == "    2 | once upon a time"


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no file"):
        read(tmp_path / "none.py")
    with pytest.raises(BadFile, match="is a folder"):
        read(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = write(tmp_path_factory.getbasetemp(), data)
    try:
        text, _ = read(path)
    except BadFile:
        return
    ast.parse(text)


def test_forgotten_imports_are_supplied_and_named() -> None:
    path = DATA / "wild" / "forgotten_imports.py"
    source = path.read_text("utf-8")
    text, notes = supply(source, path)
    imports = text.splitlines()[1].split("; ")
    assert imports == [
        "from torch import nn",
        "from fusion_cli.zoo.hosts.conv import Conv",
        "from fusion_cli.zoo.hosts.conv import autopad",
        "import math",
        "from torch import Tensor",
        "import torch.nn.functional as F",
        "from einops import rearrange",
        "import torch",
    ]
    names = "`nn`, `Conv`, `autopad`, `math`, `Tensor`, `F`, `rearrange`, `torch`"
    assert notes == (f"forgotten_imports.py uses {names} without an import: supplied",)
    assert text.splitlines()[2:] == source.splitlines()[2:], "no line has moved"


def test_what_a_file_defines_or_imports_is_not_supplied(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import math\n_np = 1\n")
    text = (
        "from helper import *\nF = 1\nfor nn in []: pass\ndef f(np): return F, nn, math, np, len\n"
    )
    assert supply(text, tmp_path / "block.py") == (text, ())


def test_star_imports_do_not_bring_private_names(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("__all__ = ['x']\nimport math\n")
    _, notes = supply("from helper import *\nprint(math, x)\n", tmp_path / "block.py")
    assert notes == ("block.py uses `math` without an import: supplied",)


def test_supplied_imports_stand_behind_the_future(tmp_path: Path) -> None:
    text, _ = supply('"""doc"""\nfrom __future__ import annotations\nx = nn\n', tmp_path / "b.py")
    assert text == '"""doc"""\nfrom __future__ import annotations\nfrom torch import nn\nx = nn\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from timm.models.layers import DropPath", "from timm.layers import DropPath"),
        ("import timm.models.layers as layers", "import timm.layers as layers"),
        ("from timm.models.layers.drop import x", "from timm.layers.drop import x"),
        ("from timm.models.registry import x", "from timm.models import x"),
        ("from timm.models.resnet import x", "from timm.models.resnet import x"),
        ("x = 'timm.models.layers'", "x = 'timm.models.layers'"),
    ],
)
def test_moved_modules_of_timm(old: str, new: str) -> None:
    text, notes = supply(old + "\n", Path("b.py"))
    assert text == new + "\n"
    assert bool(notes) == (old != new)


@pytest.mark.parametrize(
    "name", ["F", "nn", "np", "rearrange", "DropPath", "trunc_normal_", "AKConv"]
)
def test_a_supplied_import_binds_its_name(name: str) -> None:
    statement = ast.parse(import_of(name) or "").body[0]
    assert isinstance(statement, (ast.Import, ast.ImportFrom))
    assert [alias.asname or alias.name for alias in statement.names] == [name]


def test_helper_modules_are_taken_apart_by_name(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("class Conv: pass\nclass Part: pass\nWIDTH = 4\n")
    text = (
        "import helper as h, math\n\n"
        "class Conv(h.Conv):\n    width = h.WIDTH + math.pi\n"
        "    def f(self, Part) -> 'h.Part': return h.Part().h.WIDTH, h\n"
    )
    flat, notes = flatten(text, tmp_path / "block.py")
    assert flat == (
        "from helper import Conv as HConv; from helper import WIDTH; from helper import Part as HPart\n"
        "import helper as h, math\n\n"
        "class Conv(HConv):\n    width = WIDTH + math.pi\n"
        "    def f(self, Part) -> 'HPart': return HPart().h.WIDTH, h\n"
    )
    assert notes == ("block.py uses `h.Conv`, `h.WIDTH`, `h.Part`: imported by name",)


def test_a_local_of_the_same_name_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("class Conv: pass\n")
    text = "import helper\n\ndef f():\n    Conv = helper.Conv\n    return Conv\n"
    assert "    Conv = HelperConv\n" in flatten(text, tmp_path / "block.py")[0]


def test_a_name_that_means_the_same_is_used_for_both(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("class Conv: pass\n")
    text = "from helper import *\nimport helper\nx = Conv, helper.Conv\n"
    assert "x = Conv, Conv\n" in flatten(text, tmp_path / "block.py")[0]


def test_packages_are_not_taken_apart(tmp_path: Path) -> None:
    text = "import torch.nn as nn\nimport math\nx = nn.Conv2d, math.pi\n"
    assert flatten(text, tmp_path / "block.py") == (text, ())


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ('__name__ == "__main__"', True),
        ('"__main__" == __name__', True),
        ('__name__ == "__main__" and torch.cuda.is_available()', True),
        ('__name__ == "block"', False),
        ('mode == "__main__"', False),
    ],
)
def test_a_demo_is_known_by_its_condition(test: str, expected: bool) -> None:
    (statement,) = ast.parse(f"if {test}:\n    pass\n").body
    assert is_main_block(statement) is expected
