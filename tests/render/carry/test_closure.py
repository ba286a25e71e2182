"""What a written file carries: every definition it needs, none twice, none that it does not."""

from __future__ import annotations

import ast
import builtins
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_cli import zoo
from fusion_cli.model.errors import BadFile, CannotFuse
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.carry.closure import (
    Carried,
    Wish,
    carry,
)
from fusion_cli.resolve.references import resolve
from fusion_cli.syntax.imports import Import, import_lines_of
from fusion_cli.syntax.names import free_names, global_names
from tests.conftest import TESTS

DATA = TESTS / "data"


def text_of(carried: Carried) -> str:
    return "\n".join(carried.imports) + "\n\n\n" + "\n\n\n".join(carried.definitions) + "\n"


def of_refs(*refs: str, style: str = "standalone") -> Carried:
    sources = [resolve(ref) for ref in refs]
    return carry([Wish(one, frozenset({one.name})) for one in sources], style)


def of_texts(folder: Path, *texts: str, names: str = "A", style: str = "standalone") -> Carried:
    """What `names` of each of these files need."""
    needs = []
    for text, number in zip(texts, itertools.count()):
        path = folder / f"file{number}.py"
        path.write_text(text)
        source = ModuleSource(str(path), "A" if not number else f"Donor{number}", text, path)
        needs.append(Wish(source, frozenset(names.split())))
    return carry(needs, style)


def run(carried: Carried) -> dict[str, Any]:
    """Execute it in a fresh namespace; fails on any name, missing at once or later."""
    text = text_of(carried)
    assert free_names(text) == set(), f"missing in\n{text}"
    assert unused_imports(text) == set(), f"unused in\n{text}"
    namespace: dict[str, Any] = {"__name__": "carried"}
    exec(compile(text, "carried.py", "exec"), namespace)
    return namespace


def unused_imports(text: str) -> set[str]:
    """The names that are imported at the top and read nowhere."""
    body = ast.parse(text).body
    others = "\n".join(
        ast.unparse(n) for n in body if not isinstance(n, (ast.Import, ast.ImportFrom))
    )
    bound = {
        alias.asname or alias.name.partition(".")[0]
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and getattr(node, "module", "") != "__future__"
        for alias in node.names
    }
    return bound - global_names(others)


# names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nn.Conv2d(c1, self.c, k=K)", "nn c1 self K"),
        ("def f(a, *b, c=D, **e): return a, b, c, e, G", "D G"),
        ("[x for x in X if x for y in x]", "X"),
        ("x = [x for x in x]", ""),
        ("def f():\n    def g(): return x\n    x = 1", ""),
        ("class A:\n    x = 1\n    def f(self): return x", "x"),
        ("class A:\n    x = 1\n    y = [x for _ in x]", "x"),
        ("class A:\n    Conv = Conv\n    y = Conv", "Conv"),
        ("class A:\n    y = z\n    z = 1\n    w = z", "z"),
        ("def f():\n    z = 1\n    class A:\n        z = z", "z"),
        ("class A:\n    global g\n    g = 1\n    h = g + i", "i"),
        ("def f():\n    global x\n    x = 1\n    return y", "y"),
        ("def f():\n    x = 1\n    def g():\n        global x\n        return x", "x"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = y", "y"),
        ("class A(Base, metaclass=Meta):\n    @deco\n    def f(self, a: Ann = D) -> R: pass", ""
         "Base Meta deco Ann D R"),
        ("def f(x: 'Optional[Conv]', y: \"a b c\") -> 'R.x': pass", "Optional Conv R"),
        ("x: Literal['Conv'] = 1", "Literal"),
        ("def f():\n    if (n := g()) and [m := i for i in n]: return n, m", "g"),
        ("try:\n    pass\nexcept E as e:\n    print(e)", "E"),
        ("def f():\n    try: pass\n    except E as e: return e", "E"),
        ("lambda x, y=z: x + w", "z w"),
        ("for i in I:\n    j = i", "I"),
        ("import a.b, c as d\nfrom e import f as g\na, d, g, b, c, f", "b c f"),
        ("def f():\n    import a\n    return a, b", "b"),
        ("match m:\n    case P(x=y) | [*y]: y\n    case {'k': v, **r}: v, r", "m P"),
        ("f'{a!r:>{b}} {c}' 'd'", "a b c"),
        ("def f(): return __class__, __name__, len, super", ""),
        ("del x", ""),
        ("    indented = y", "y"),
        ("with open(p) as (f, g): f", "p"),
        ("async def f():\n    async for i in a: yield i", "a"),
        ("@A.deco(B)\nclass C(D[E]): pass", "A B D E"),
    ],
)  # fmt: skip
def test_free_names(text: str, names: str) -> None:
    assert free_names(text) == frozenset(names.split())


def test_builtins_are_global_names() -> None:
    assert global_names("max(len, x)") == {"max", "len", "x"}


NAMES = st.sampled_from(["a", "b", "c", "d"])


def indented(lines: str) -> str:
    return "\n".join("    " + line for line in lines.split("\n"))


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements that hold statements. Functions are called at once, so that they read all they can."""
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join).map(indented)
    return st.one_of(
        st.builds("def {0}({1}={2}):\n{3}\n{0}()".format, NAMES, NAMES, EXPRESSIONS, body),
        st.builds("class {0}:\n{1}".format, NAMES, body),
        st.builds("for {0} in [1]:\n{1}".format, NAMES, body),
        st.builds("if True:\n{0}".format, body),
    )


EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.builds("({0}, {1})".format, inner, inner),
        st.builds("[{0} for {1} in [{2}]]".format, inner, NAMES, inner),
        st.builds("(lambda {0}={1}: {2})()".format, NAMES, inner, inner),
        st.builds("{{**{{0: {0}}}, 1: f'{{{1}}}'}}".format, inner, NAMES),
    ),
    max_leaves=5,
)
STATEMENTS = st.recursive(
    st.one_of(
        EXPRESSIONS,
        st.builds("{0} = {1}".format, NAMES, EXPRESSIONS),
        st.builds("import math as {0}".format, NAMES),
        st.builds("({0} := {1})".format, NAMES, EXPRESSIONS),
    ),
    compound,
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(STATEMENTS)
def test_free_names_are_what_python_asks_of_the_module(text: str) -> None:
    """Code that runs to its end, every part of it, looks up exactly these where they are missing."""
    asked: set[str] = set()

    class Builtins(dict[str, Any]):
        def __missing__(self, name: str) -> int:
            asked.add(name)
            return 0

    namespace: dict[str, Any] = {"__builtins__": Builtins(vars(builtins))}
    try:
        exec(compile(text, "text", "exec"), namespace)
    except (NameError, SyntaxError):  # a local name that is read before it is bound
        return
    assert free_names(text) == asked - set(namespace)


# one file


def test_all_that_a_file_does_with_its_definitions_is_carried() -> None:
    carried = of_refs(f"{DATA / 'wild' / 'everything.py'}:Net")
    text = text_of(carried)
    assert carried.imports == (
        "from functools import partial",
        "from typing import TYPE_CHECKING, Optional",
        "",
        "import torch",
        "import torch.nn as nn",
        "import torch.nn.functional as F",
        "import torch.utils.checkpoint",
    )
    assert [part.split("\n")[0] for part in carried.definitions] == [
        "try:",
        "if TYPE_CHECKING:",
        "EPS, SCALE = 1e-5, 2.0",
        "LAYERS = {}",
        'LAYERS["relu"] = nn.ReLU',
        "LAYERS.update(gelu=nn.GELU)",
        "WIDTHS = [16]",
        "WIDTHS += [32]",
        "def register(cls):",
        "# Norm: kept small on purpose.",
        "Norm.scale = SCALE",
        "make_norm = partial(Norm, hook=None)",
        "@register",
        "def helper(x):",
    ]
    assert "from a_package_nobody_has import fast_scan\n" in text
    assert "from collections.abc import Callable\n" in text
    for gone in ("Sequence", "slow_scan", "print", "manual_seed", "argparse", "__all__", "UNUSED"):
        assert gone not in text
    assert carried.notes == (
        "everything.py: not carried over: `torch.manual_seed(0)` (line 21), "
        "`print('loading')` (line 22), the `__main__` block (line 87)",
    )
    assert free_names(text) == set()


def test_only_what_is_needed_is_carried() -> None:
    carried = of_refs(f"{DATA / 'wild' / 'everything.py'}:Norm")
    assert carried.imports[-2:] == ("import torch", "import torch.nn as nn")
    assert [part.split("\n")[0] for part in carried.definitions] == [
        "if TYPE_CHECKING:",
        "EPS, SCALE = 1e-5, 2.0",
        "# Norm: kept small on purpose.",
        "Norm.scale = SCALE",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A = B + C\nB = 9\n" * 0 + "B, (C, *D) = 1, (2, 3)\nA = B + C\n", 3),
        ("A = [1]\nA += [2]\nA.append(3)\nA[0] = 5\n", [5, 2, 3]),
        ("A = 1\nA = A + 1\n", 2),
        ("A = 1\nB = A\nA = 5\ndef f(): return A\nA = (B, f())\n" * 0 + "A = 1\nA = 5\n", 5),
        ("if 1 > 2:\n    A = 1\nelse:\n    A = 2\n", 2),
        ("A = 0\nfor i in range(4):\n    A += i\n", 6),
        ("try:\n    from nowhere_at_all import A\nexcept ImportError:\n    A = 7\n", 7),
        ("B = 1; A = B + 1; C = 3\n", 2),
        ("X = 1\ndef f():\n    global X\n    X += 1\n    return X\nA = f()\n", 2),
        ("from math import *\nA = floor(pi)\n", 3),
        ("import os.path\nimport os\nA = os.path.basename(os.sep + 'x')\n", "x"),
        ("import collections.abc as c\nA = c.Sized.__name__\n", "Sized"),
        ("def g(): return h()\ndef h(): return 4\nA = g()\n", 4),
        ("A = {}\ndef put(k): A[k] = 1\nsetattr(put, 'x', 2)\nA = put.x\n", 2),
        ("with open(__file__ if 0 else '/dev/null') as f:\n    A = f.read()\n", ""),
    ],
)
def test_constants_have_the_value_they_have_in_their_file(
    tmp_path: Path, text: str, value: object
) -> None:
    assert run(of_texts(tmp_path, text))["A"] == value


def test_a_name_means_what_it_meant_where_it_is_used(tmp_path: Path) -> None:
    text = (
        "class Base: kind = 1\nclass A(Base): pass\nclass Base: kind = 2\n"
        "class B(Base):\n    def late(self): return Base.kind\n"
    )
    found = run(of_texts(tmp_path, text, names="A B"))
    assert (found["A"].kind, found["B"].kind, found["B"]().late()) == (1, 2, 2)


def test_relative_helpers_and_the_folder_are_carried(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("from .deep.core import *\n")
    (package / "deep").mkdir()
    (package / "deep" / "core.py").write_text("from ..eps import EPS as E\nclass Core: eps = E\n")
    (package / "eps.py").write_text("EPS = 3\n")
    (package / "main.py").write_text(
        "try:\n    from . import Core\nexcept ImportError:\n    from pkg import Core\n"
        "class A(Core):\n    def f(self):\n        from .eps import EPS, EPS as X\n        return EPS + X\n"
        "    from pkg.eps import EPS\n    x = EPS + 1\n"
    )
    found = of_refs_free(package / "main.py", "A")
    namespace = run(found)
    assert (namespace["A"].eps, namespace["A"]().f()) == (3, 6)
    assert (namespace["A"].EPS, namespace["A"].x) == (3, 4)
    assert found.imports == ()


def of_refs_free(path: Path, *names: str, style: str = "standalone") -> Carried:
    source = ModuleSource(str(path), names[0], path.read_text(), path)
    return carry([Wish(source, frozenset(names))], style)


def test_a_helper_used_as_a_module_is_taken_apart(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("class Conv: k = 3\nWIDTH = 4\n")
    path = tmp_path / "block.py"
    path.write_text(
        "import helper as h\nclass A(h.Conv):\n    def f(self) -> 'h.Conv': return h.WIDTH\n"
    )
    found = run(of_refs_free(path, "A"))
    assert (found["A"].k, found["A"]().f()) == (3, 4)


def test_a_helper_used_as_an_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("WIDTH = 4\n")
    path = tmp_path / "block.py"
    path.write_text("import helper\nclass A:\n    w = getattr(helper, 'WIDTH')\n")
    with pytest.raises(CannotFuse, match="imports as `helper` as a module"):
        of_refs_free(path, "A")


def test_a_helper_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "block.py"
    path.write_text("from .conv import Conv\nclass A(Conv): pass\n")
    with pytest.raises(BadFile, match=r"imports `Conv` from `.conv`, which is not there"):
        of_refs_free(path, "A")


# several files


def test_two_meanings_of_one_name_both_survive() -> None:
    carried = of_refs(str(DATA / "pair" / "host.py"), f"{DATA / 'pair' / 'donor.py'}:Donor")
    text = text_of(carried)
    assert carried.renames == ({"Host": "Host"}, {"Donor": "Donor"})
    assert text.count("def autopad(k)") == 1, "the same definition is carried once"
    assert text.count("class Conv(nn.Module)") == text.count("class DonorConv(nn.Module)") == 1
    assert "super(DonorConv, self)" in text
    assert """kinds: "dict[str, type[DonorConv]]" = {"Conv": DonorConv}""" in text
    assert "def __init__(self, c1, c2, Conv=DonorConv):" in text
    assert 'isinstance(self.Conv, Conv), f"no Conv but {Conv.__name__}"' in text
    assert '"""Conv of the host\'s repository."""' in text
    assert free_names(text) == unused_imports(text) == set()
    assert carried.imports == ("import numpy as F", "import torch", "import torch.nn as nn")


def test_aliases_that_differ_are_told_apart(tmp_path: Path) -> None:
    found = run(
        of_texts(
            tmp_path,
            "import math as F\nclass A:\n    x = F.pi\n",
            "import cmath as F\nclass B:\n    x = F.phase\n",
            names="A B",
        )
    )
    assert found["A"].x == 3.141592653589793
    assert found["B"].x(1) == 0.0


@pytest.mark.parametrize("name", ["EPS", "make", "_make", "Conv", "Conv2"])
def test_new_names_are_in_the_manner_of_the_old(tmp_path: Path, name: str) -> None:
    carried = of_texts(tmp_path, f"{name} = 1\n", f"{name} = 2\n", names=name)
    new = {"EPS": "DONOR1_EPS", "make": "donor1_make", "_make": "_donor1_make",
           "Conv": "Donor1Conv", "Conv2": "Donor1Conv2"}[name]  # fmt: skip
    assert carried.renames == ({name: name}, {name: new})
    assert (run(carried)[name], run(carried)[new]) == (1, 2)


def test_a_wanted_alias_is_the_name_in_the_written_file(tmp_path: Path) -> None:
    """A class that is written anew calls its helper as its own file does."""
    (tmp_path / "helper.py").write_text("class Conv: k = 1\nclass Block(Conv): pass\n")
    path = tmp_path / "host.py"
    path.write_text("from helper import Block, Conv as BaseConv\n")
    carried = of_refs_free(path, "Block", "BaseConv")
    assert carried.renames == ({"BaseConv": "BaseConv", "Block": "Block"},)
    assert carried.definitions == ("class BaseConv: k = 1", "class Block(BaseConv): pass")


def test_one_file_does_not_hide_a_builtin_from_another(tmp_path: Path) -> None:
    host, donor = (
        "class A:\n    def f(self): return sum([1, 2])\n",
        "def sum(x): return 9\nclass B:\n    def f(self): return sum([1])\n",
    )
    found = run(of_texts(tmp_path, host, donor, names="A B"))
    assert (found["A"]().f(), found["B"]().f()) == (3, 9)
    assert run(of_texts(tmp_path, donor, names="B"))["sum"](0) == 9


def test_equal_definitions_with_unequal_needs_both_survive(tmp_path: Path) -> None:
    shared = "def pad(k): return k * N\nclass {0}:\n    x = pad(2)\n"
    host, donor = "N = 1\n" + shared.format("A"), "N = 5\n" + shared.format("B")
    found = run(of_texts(tmp_path, host, donor, names="A B"))
    assert (found["A"].x, found["B"].x) == (2, 10)


def test_a_definition_that_two_donors_share_is_renamed_once(tmp_path: Path) -> None:
    host = "class C: k = 1\nclass A(C): pass\n"
    donor = "class C: k = 2\nclass {}(C): pass\n"
    carried = of_texts(tmp_path, host, donor.format("B"), donor.format("D"), names="A B D")
    assert [part.split(":")[0] for part in carried.definitions] == [
        "class C", "class A(C)", "class Donor1C", "class B(Donor1C)", "class D(Donor1C)"
    ]  # fmt: skip


def test_new_names_differ_from_one_another(tmp_path: Path) -> None:
    needs = [
        Wish(ModuleSource("", "Donor", f"K = {n}\n", tmp_path / f"{n}.py"), frozenset({"K"}))
        for n in (1, 2, 3)
    ]
    carried = carry(needs, "standalone")
    found = run(carried)
    assert [found[renames["K"]] for renames in carried.renames] == [1, 2, 3]


def test_what_is_shared_runs_before_what_needs_it(tmp_path: Path) -> None:
    """The helper's file comes first, but the host's equal definition stands for its own."""
    (tmp_path / "helper.py").write_text("class C: k = 1\nclass Block(C): pass\n")
    path = tmp_path / "host.py"
    path.write_text("from helper import Block\nclass C: k = 1\nclass A:\n    c, b = C, Block\n")
    carried = of_refs_free(path, "A")
    assert run(carried)["A"].b.k == 1
    assert len(carried.definitions) == 3


def test_global_statements_are_renamed_with_what_they_name(tmp_path: Path) -> None:
    donor = (
        "K = 2\ndef A():\n    K = 5\n    def g():\n        global K\n        K += 1\n"
        "        return K\n    return K, g()\n"
    )
    carried = of_texts(tmp_path, "K = 1\nA = K\n", donor)
    found = run(carried)
    assert found[carried.renames[1]["A"]]() == (5, 3)
    assert found["K"] == 1


def test_only_whole_names_change_in_string_annotations(tmp_path: Path) -> None:
    host = "class C: pass\n"
    donor = "class C: pass\nclass CX: C = 1\nC.x = CX\ndef A(a: 'dict[C, CX.C]'): pass\n"
    carried = of_texts(tmp_path, host + "A = C", donor)
    assert carried.definitions[-1] == "def Donor1A(a: 'dict[Donor1C, CX.C]'): pass"


def test_an_import_that_only_asks_whether_it_works_is_kept(tmp_path: Path) -> None:
    text = "try:\n    import math\n    A = 1\nexcept ImportError:\n    A = 0\n"
    (definition,) = of_texts(tmp_path, text).definitions
    assert definition == text.replace("math\n", "math  # noqa: F401\n").rstrip()


def test_docstrings_and_comments_do_not_make_a_difference(tmp_path: Path) -> None:
    host = "class C:\n    def f(self): return self.f\nclass A(C): pass\n"
    donor = "class C:\n    '''Doc.'''\n    def f(self):  # comment\n        return self.f\nclass B(C): pass\n"
    assert [part[:7] for part in of_texts(tmp_path, host, donor, names="A B").definitions] == [
        "class C", "class A", "class B"
    ]  # fmt: skip


def test_a_file_that_was_written_before_brings_nothing_twice(tmp_path: Path) -> None:
    """Its renamed helper is known again, under whatever name."""
    pair = [str(DATA / "pair" / "host.py"), f"{DATA / 'pair' / 'donor.py'}:Donor"]
    written = tmp_path / "written.py"
    written.write_text(text_of(of_refs(*pair)))
    first = ModuleSource("w", "Fused", written.read_text(), written)
    carried = carry(
        [Wish(first, frozenset({"Host", "Donor"})), Wish(resolve(pair[1]), frozenset({"Donor"}))],
        "standalone",
    )
    assert carried.renames[1] == {"Donor": "Donor"}
    assert text_of(carried) == written.read_text()


# zoo and packages


@pytest.mark.parametrize("style", ["standalone", "import"])
@pytest.mark.parametrize(
    "entry", [*zoo.entries("hosts"), *zoo.entries("donors")], ids=lambda e: e.name
)
def test_every_zoo_file_is_carried(entry: Any, style: str) -> None:
    carried = of_refs(entry.name, style=style)
    text = text_of(carried)
    assert free_names(text) == set()
    if style == "import":
        module = f"fusion_cli.zoo.{entry.path.parent.name}.{entry.path.stem}"
        assert carried.imports == (f"from {module} import {entry.name}",)
    else:
        assert unused_imports(text) == set()
        assert "fusion_cli" not in text
        assert text.count(f"class {entry.name}(") == 1


def test_names_of_a_host_in_the_zoo_by_style() -> None:
    need = Wish(resolve("Bottleneck"), frozenset({"Conv", "nn"}))
    assert carry([need], "import").imports == (
        "from fusion_cli.zoo.hosts.conv import Conv", "from torch import nn"
    )  # fmt: skip
    standalone = carry([need], "standalone")
    assert [part.split("(")[0] for part in standalone.definitions] == ["def autopad", "class Conv"]


@pytest.mark.parametrize("style", ["standalone", "import"])
def test_packages_are_imported_in_both_styles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    root = tmp_path / "my_blocks_pkg"
    (root / "sub").mkdir(parents=True)
    (root / "__init__.py").touch()
    (root / "sub" / "block.py").write_text(
        "from __future__ import annotations\nfrom torch import nn\nfrom ..util import pad as p\n"
        "from . import other\nimport math\ndef helper(): pass\nclass Block(nn.Module): pass\n"
    )
    for name in ("util", "sub/other"):
        (root / f"{name}.py").write_text("def pad(): pass\n")
    info = tmp_path / "my_blocks_pkg-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: my-blocks-pkg\nVersion: 1.2\nLicense: Some\n very\n long text\n"
        "Classifier: License :: OSI Approved :: MIT License\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    source = resolve("my_blocks_pkg.sub.block:Block")
    needs = [Wish(source, frozenset({"nn", "p", "other", "helper", "math"}))]
    assert carry(needs, style).imports == (
        "from __future__ import annotations",
        "",
        "import math",
        "",
        "from my_blocks_pkg.sub import other",
        "from my_blocks_pkg.sub.block import helper",
        "from my_blocks_pkg.util import pad as p",
        "from torch import nn",
    )
    donor = carry([Wish(source, frozenset({"Block"}))], style)
    assert donor.imports == ("from my_blocks_pkg.sub.block import Block",)
    assert donor.definitions == ()
    assert donor.licences == ("my-blocks-pkg 1.2: MIT License",)


def test_imports_are_merged_and_sorted_as_ruff_sorts_them(tmp_path: Path) -> None:
    whole = [("torch", "torch"), ("os.path", "os"), ("numpy", "np"), ("os", "os")]
    whole += [("torch.nn.functional", "F")]
    members = [("torch", "nn"), ("torch", "Tensor"), ("torch", "nn"), ("typing", "Optional")]
    members += [("typing", "Any"), ("typing", "TYPE_CHECKING"), ("__future__", "annotations")]
    members += [("einops", "a"), ("einops", "B"), ("Abc", "x"), ("torch.nn", "Conv2d")]
    members += [("torch.nn", "F1")]
    imports = [Import("torch", "cat", "c"), *(Import(module, None, name) for module, name in whole)]
    imports += [Import(module, name, name) for module, name in members]
    merged = import_lines_of(imports)
    assert import_lines_of(imports[::-1]) == merged
    path = tmp_path / "sorted.py"
    path.write_text("\n".join(merged) + "\n")
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "I",
        "--no-cache",
        path,
    ]
    done = subprocess.run(ruff, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + path.read_text()


# random files


@st.composite
def files(draw: st.DrawFn) -> list[str]:
    """Files that define the same few names by one another, each with its own constants."""
    texts = []
    for _ in range(draw(st.integers(1, 3))):
        lines = [f"N = {draw(st.integers(0, 2))}"]
        known = ["N"]
        for name in draw(st.permutations(["f", "g", "K", "L"]))[: draw(st.integers(1, 4))]:
            used = draw(st.sampled_from(known))
            kind = {"f": "def {0}(): return {1}", "g": "def {0}(f={1}): return f, '{1}'"}
            line = kind.get(name, "class {0}:\n    N = {1}\n    def get(self): return {1}")
            lines.append(line.format(name, used))
            known.append(name)
        lines.append(f"A = {draw(st.sampled_from(known))}")
        texts.append("\n".join(lines) + "\n")
    return texts


def behaviour(value: Any, depth: int = 6) -> object:
    """What a value is when everything in it is called, whatever it is named."""
    if depth == 0:
        return "..."
    if isinstance(value, type):
        return "class", behaviour(vars(value)["N"], depth - 1), behaviour(value().get(), depth - 1)
    if callable(value):
        return "call", behaviour(value(), depth - 1)
    if isinstance(value, tuple):
        return tuple(behaviour(one, depth - 1) for one in value)
    return value


@settings(max_examples=150, deadline=None)
@given(files())
def test_names_mean_in_the_written_file_what_they_mean_in_theirs(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    carried = of_texts(tmp_path_factory.mktemp("files"), *texts)
    written = run(carried)
    for text, renames in zip(texts, carried.renames, strict=True):
        own: dict[str, Any] = {"__name__": "own"}
        exec(text, own)
        assert behaviour(written[renames["A"]]) == behaviour(own["A"])
