"""However the source is typed, the fusion is the same."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst as cst
import pytest

from fusion_cli.syntax.plain import plain
from tests.fusing import CASES, fuse_here, fused_class, request_of
from tests.render.rewrite.spellings import SPELLINGS

HOSTS = [one for one in Path("fusion_cli/zoo").glob("*s/*.py") if one.stem != "__init__"]
FILES = sorted([*CASES.glob("*.py"), *HOSTS])


@pytest.mark.parametrize("path", sorted(CASES.glob("*.py")), ids=lambda path: path.stem)
def test_another_spelling_gives_the_same_class(path: Path, tmp_path: Path) -> None:
    source, _, expected = path.read_text(encoding="utf-8").partition("\n# expected\n")
    first, _, body = source.partition("\n")
    spelling = SPELLINGS["all"](body + "\n")
    assert _meaning(fused(first, spelling, tmp_path)) == _meaning(expected)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_gives_the_same_class(spelling: str, tmp_path: Path) -> None:
    path = CASES / "guarded_replace_span.py"
    source, _, expected = path.read_text(encoding="utf-8").partition("\n# expected\n")
    first, _, body = source.partition("\n")
    assert _meaning(fused(first, SPELLINGS[spelling](body + "\n"), tmp_path)) == _meaning(expected)


@pytest.mark.parametrize("spelling", ["tight", "loose"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_plain_code_means_the_same(path: Path, spelling: str) -> None:
    text = SPELLINGS[spelling](path.read_text(encoding="utf-8"))
    code = plain(cst.parse_module(text)).code
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(text))
    assert plain(cst.parse_module(code)).code == code


@pytest.mark.parametrize(
    ("typed", "usual"),
    [
        ("if(a):\n\tx=1;y=2\n", "if a:\n    x = 1\n    y = 2\n"),
        ("return(x)\n", "return x\n"),
        ("y = x if(c)else(d)\n", "y = x if c else d\n"),
        ("y = not(a)and(b)or(c)\n", "y = not a and b or c\n"),
        ("f = lambda:(x)\n", "f = lambda: x\n"),
        ("for(i)in(a):\n  yield(i)\n", "for i in a:\n    yield i\n"),
        ("while(a in(b)):\n  pass\n", "while (a in b):\n    pass\n"),
        ("assert(x)\n", "assert x\n"),
        ("y = self . conv( (x) , k = 3 )[ 'a' ]\n", 'y = self.conv(x, k=3)["a"]\n'),
        ("y = a + \\\n    b\n", "y = a + b\n"),
        ("y = (a  # why\n    + b)\n", "y = (a  # why\n    + b)\n"),
        ("y = 1 .real, (1).real, 'it\"s', '' ''\n", "y = 1 .real, (1).real, 'it\"s', '' ''\n"),
        ("y = f((a + 1), (x for x in a), *(b))\n", "y = f(a + 1, (x for x in a), *b)\n"),
    ],
)
def test_plain_code(typed: str, usual: str) -> None:
    assert plain(cst.parse_module(typed)).code == usual


def fused(command: str, body: str, folder: Path) -> str:
    """The class that a case's command makes of another text."""
    words = request_of(command.removeprefix("# fuse: "))
    host = folder / "host.py"
    host.write_bytes(body.encode())
    donors = [one.replace("here:", f"{host}:") for one in words["donors"]]  # type: ignore[attr-defined]
    options = {**words["options"], "verify": "off", "output": str(folder)}  # type: ignore[dict-item]
    reference = f"{host}:{words['host']}"
    return fused_class(fuse_here(str(words["pattern"]), reference, *donors, **options))


def _meaning(text: str) -> str:
    """The code without its spelling: a docstring's words, and the tree of all else."""
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.ClassDef)
    words = (ast.get_docstring(node) or "").split()
    return f"{words}\n{ast.unparse(node.body[1:])}"  # type: ignore[arg-type]
