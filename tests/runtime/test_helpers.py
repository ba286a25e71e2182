"""Loose files import the modules around them, by folder, without running what they do not need."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from fusion_cli.model.errors import BadFile
from fusion_cli.resolve.loose import read_loose
from fusion_cli.runtime.load import load

BROKEN_INIT = "import a_package_nobody_has\n"


def run(path: Path, folder: Path | None = None) -> dict[str, Any]:
    return load(read_loose(path)[0], str(path), None, str(folder) if folder else None)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose packages cannot be imported as a whole."""
    files = {
        "nn/__init__.py": BROKEN_INIT,
        "nn/modules/__init__.py": BROKEN_INIT,
        "nn/modules/conv.py": "from .pad import autopad\nfrom ..consts import EPS\n",
        "nn/modules/pad.py": "def autopad(k): return k // 2\n",
        "nn/consts.py": "EPS = 0.5\n",
        "nn/more/__init__.py": "WIDTH = 3\nfrom .names import *\nfrom .pick import pick\n",
        "nn/more/names.py": "KIND = 'names'\n",
        "nn/more/pick.py": "def pick(): return 'picked'\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from .conv import autopad, EPS\nfound = autopad(4), EPS", (2, 0.5)),
        ("from ..modules.conv import EPS\nfound = EPS", 0.5),
        ("from .. import consts\nfound = consts.EPS", 0.5),
        ("from ..more import WIDTH, KIND, pick\nfound = WIDTH, KIND, pick()", (3, "names", "picked")),
        ("from ..more import *\nfound = KIND", "names"),
        ("from nn.modules.pad import autopad\nfound = autopad(6)", 3),
        ("from . import conv\nfrom .conv import EPS\nfound = conv.EPS is EPS", True),
    ],
)  # fmt: skip
def test_helpers_are_found_and_no_folder_is_run_in_vain(
    repository: Path, text: str, shown: object
) -> None:
    path = repository / "nn" / "modules" / "my block (1).py"
    path.write_text(text)
    assert run(path)["found"] == shown
    assert "a_package_nobody_has" not in sys.modules


def test_the_working_folder_is_searched_last(tmp_path: Path) -> None:
    (tmp_path / "jinja2.py").write_text("raise ValueError('not the installed one')")
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces" / "pad_of_cwd.py").write_text("PAD = 7")
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "block.py"
    path.write_text("import jinja2\nfrom pieces.pad_of_cwd import PAD")
    assert run(path, tmp_path)["PAD"] == 7
    with pytest.raises(BadFile, match="needs the package `pieces`"):
        sys.modules.pop("pieces.pad_of_cwd"), sys.modules.pop("pieces")
        run(path)


def test_a_file_beside_hides_no_module_of_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "colorsys.py").write_text("raise ValueError('hides the real one')")
    path = tmp_path / "block.py"
    path.write_text("import colorsys\nfound = colorsys.rgb_to_hsv")
    assert callable(run(path)["found"])


def test_helpers_are_read_as_files_are(tmp_path: Path) -> None:
    text = "# 卷积\nclass Part(nn.Module):\n    width = math.pi\n\n第一步: 把代码放到 block.py\n"
    (tmp_path / "gb_helper.py").write_bytes(text.encode("gb18030"))
    path = tmp_path / "block.py"
    path.write_text("from gb_helper import Part")
    assert run(path)["Part"].width > 3
    assert not list(tmp_path.rglob("*.pyc"))


@pytest.mark.parametrize(
    ("text", "helper", "message", "lines"),
    [
        ("from .gone import x", "", "imports `gone` from {0}, where it is not", "block.py:1"),
        ("from .near import x", "y = 1", "imports `x` from {0}/near.py, which does not define", ""),
        ("from near import x", "y = 1", "imports `x` from {0}/near.py, which does not define", ""),
        ("from .near import x", "import nobody_has", "near.py needs the package `nobody_has`",
         "near.py:1"),
        ("from .near import x", "x = 1 / 0", "near.py cannot be imported: ZeroDivisionError",
         "x = 1 / 0"),
        ("from .near import x", "x = (", "near.py is not Python", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_helper_is_said_of_the_helper(
    tmp_path: Path, text: str, helper: str, message: str, lines: str
) -> None:
    (tmp_path / "near.py").write_text(helper)
    path = tmp_path / "block.py"
    path.write_text(text)
    with pytest.raises(BadFile) as caught:
        run(path)
    assert message.format(tmp_path) in caught.value.message
    assert lines in caught.value.lines
