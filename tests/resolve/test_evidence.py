"""Evidence of how a class is built and fed, read from files as people write them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.model.basics import Shape
from fusion_cli.model.sources import Evidence
from fusion_cli.resolve.evidence import demo_class, read_evidence

FILE = """
import torch
import torch.nn as nn
from functools import partial

WIDTH = 96

class Block(nn.Module):
    def __init__(self, c1, c2=None, k=3, act=nn.ReLU, *, drop: float = 0.0):
        super().__init__()

    def forward(self, x):
        return x

class Net(nn.Module):
    def __init__(self, block, depth=1):
        super().__init__()
        self.inner = Block(1, 2)

    def forward(self, x):
        return x
"""


def read(demo: str, name: str = "Block", file: str = FILE) -> Evidence:
    return read_evidence(file + "\n" + dedent(demo), name)


def main(body: str) -> str:
    return "if __name__ == '__main__':\n" + "\n".join("    " + line for line in body.splitlines())


def test_parameters_are_those_that_are_written() -> None:
    names = {one.name: (one.kind, one.annotation, one.default) for one in read("").parameters}
    assert names == {
        "c1": ("positional", None, None),
        "c2": ("positional", None, "None"),
        "k": ("positional", None, "3"),
        "act": ("positional", None, "nn.ReLU"),
        "drop": ("keyword", "float", "0.0"),
    }
    assert [one.name for one in read("").parameters if one.required] == ["c1"]


@pytest.mark.parametrize(
    "subclass",
    [
        "class Sub(Block): pass",
        "class Sub(Mixin, Block):\n    x = 1",
        "class Mid(Block): pass\nclass Sub(Mid): pass",
    ],
)
def test_an_inherited_constructor_is_followed(subclass: str) -> None:
    assert [one.name for one in read(subclass, "Sub").parameters][:2] == ["c1", "c2"]


def test_variadic_parameters_are_marked() -> None:
    file = "class A:\n def __init__(self, a, /, *layers, b: int, **rest): pass"
    kinds = [one.kind for one in read_evidence(file, "A").parameters]
    assert kinds == ["positional", "args", "keyword", "kwargs"]


@pytest.mark.parametrize(
    ("demo", "args", "inputs"),
    [
        pytest.param(
            main("block = Block(64, 128)\nx = torch.randn(1, 64, 32, 32)\nprint(block(x).shape)"),
            {"c1": "64", "c2": "128"},
            ((1, 64, 32, 32),),
            id="plain",
        ),
        pytest.param(
            main(
                "dim, b = 64, 4\ndevice = torch.device('cuda')\n"
                "m = Block(dim, c2=dim * 2, act=nn.GELU).to(device).eval()\n"
                "x = torch.rand((b, dim, 8, 8)).cuda()\nwith torch.no_grad():\n    y = m(x)"
            ),
            {"c1": "64", "c2": "128", "act": "nn.GELU"},
            ((4, 64, 8, 8),),
            id="variables-and-devices",
        ),
        pytest.param(
            main("x = torch.ones(size=[2, 8, 4, 4])\ny = Block(8)(x)"),
            {"c1": "8"},
            ((2, 8, 4, 4),),
            id="built-and-called-at-once",
        ),
        pytest.param(
            main("m = Block(c1=WIDTH)\nm.forward(torch.Tensor(1, WIDTH, 7, 7))"),
            {"c1": "96"},
            ((1, 96, 7, 7),),
            id="module-constant",
        ),
        pytest.param(
            "def main():\n    m = Block(32)\n    m(torch.zeros(1, 32, 8, 8))\n\n" + main("main()"),
            {"c1": "32"},
            ((1, 32, 8, 8),),
            id="main-function",
        ),
        pytest.param(
            "def build(c, k=5):\n    return Block(c, k=k)\n\n"
            + main("m = build(24)\nprint(m(torch.randn(1, 24, 8, 8)))"),
            {"c1": "24", "k": "5"},
            ((1, 24, 8, 8),),
            id="factory",
        ),
        pytest.param(
            main("for c in [16, 32]:\n    Block(c)(torch.randn(2, c, 8, 8))"),
            {"c1": "16"},
            ((2, 16, 8, 8),),
            id="loop",
        ),
        pytest.param(
            "m = Block(48)\nprint(m(torch.randn(1, 48, 8, 8)).shape)",
            {"c1": "48"},
            ((1, 48, 8, 8),),
            id="unguarded",
        ),
        pytest.param(
            "def test_block():\n    m = Block(8)\n    assert m(torch.randn(1, 8, 4, 4)).shape",
            {"c1": "8"},
            ((1, 8, 4, 4),),
            id="test-function",
        ),
        pytest.param(
            main(
                "a = torch.randn(1, 8, 4, 4)\nb = torch.randn(1, 8, 2, 2)\nm = Block(8)\nm([a, b])"
            ),
            {"c1": "8"},
            ((1, 8, 4, 4), (1, 8, 2, 2)),
            id="list-of-inputs",
        ),
        pytest.param(
            main("H = W = 14\nx = torch.randn(1, H * W, 8)\nm = Block(8)\ny = m(x, H, W)"),
            {"c1": "8"},
            ((1, 196, 8), (), ()),
            id="tokens-with-height-and-width",
        ),
        pytest.param(
            main("m = nn.DataParallel(Block(8)).cuda()\nx = torch.randn(1, 8, 4, 4).float()\nm(x)"),
            {"c1": "8"},
            ((1, 8, 4, 4),),
            id="wrapped",
        ),
        pytest.param(
            main("m = Block(8)\nx = torch.randn(1, 8, 4, 4)\nflops = profile(m, inputs=(x,))"),
            {"c1": "8"},
            ((1, 8, 4, 4),),
            id="only-tensor-of-the-demo",
        ),
        pytest.param(
            main("m = Block(8, act=partial(nn.LeakyReLU, 0.1))"),
            {"c1": "8", "act": "partial(nn.LeakyReLU, 0.1)"},
            (),
            id="partial",
        ),
    ],
)
def test_a_demo_is_read(demo: str, args: dict[str, str], inputs: tuple[Shape, ...]) -> None:
    found = read(demo)
    assert found.calls[0] == ("the file's demo", args)
    assert found.inputs == inputs


@pytest.mark.parametrize(
    "demo",
    [
        main("args = parse()\nm = Block(args.dim)"),
        main("m = Block(int(open('config').read()))"),
        main("m = Block(unknown)"),
        main("m = Block(8, 8, 8, 8, 8, 8)"),
        main("m = Block(8, foreign=1)"),
        main("m = Block(*sizes)"),
        main("m = Block(**config)"),
        main("a, b = sizes()\nm = Block(a)"),
    ],
)
def test_what_cannot_be_known_without_running_is_not_used(demo: str) -> None:
    assert read(demo).calls == ()


def test_example_comes_before_demo_and_demo_before_docstring() -> None:
    demo = "EXAMPLE = {'c1': 16, 'act': nn.SiLU}\n" + main("m = Block(8)")
    docstring = FILE.replace(
        "class Block(nn.Module):",
        'class Block(nn.Module):\n    """A block.\n\n    >>> m = Block(4,\n    ...           k=1)\n    """',
    )
    found = read(demo, file=docstring)
    assert found.calls == (
        ("EXAMPLE", {"c1": "16", "act": "nn.SiLU"}),
        ("the file's demo", {"c1": "8"}),
        ("the docstring's example", {"c1": "4", "k": "1"}),
    )


def test_an_example_for_another_class_is_not_used() -> None:
    assert read("EXAMPLE = {'channels': 16}").calls == ()


def test_positional_arguments_of_a_variadic_constructor_stand_together() -> None:
    file = "class A:\n def __init__(self, a, *rest, k=1): pass\n"
    found = read_evidence(file + main("A(1, 2, 3, k=4)"), "A")
    assert found.calls[0][1] == {"*": "(1, 2, 3)", "k": "4"}


@pytest.mark.parametrize(
    ("demo", "expected"),
    [
        (main("m = Block(8)"), "Block"),
        (main("b = Block(8)\nm = Net(b)\nm(torch.randn(1, 8, 4, 4))"), "Net"),
        (main("m = Net(Block(8))"), "Net"),
        (main("m = Net(Block)"), "Net"),
        (main("b = Block(8)\nn = Net(None)\nprint(b(torch.randn(1, 8, 4, 4)))"), "Block"),
        (main("b = Block(8)\nn = Net(None)"), None),
        (main("print('nothing')"), None),
        ("", None),
    ],
)
def test_the_class_of_the_demo(demo: str, expected: str | None) -> None:
    assert demo_class(FILE + demo) == expected


@given(
    st.lists(st.integers(1, 512), min_size=1, max_size=4),
    st.sampled_from(["randn", "rand", "zeros", "ones", "empty", "Tensor"]),
    st.sampled_from(["", ".cuda()", ".to('cpu')", ".float().cuda()", ".requires_grad_()"]),
    st.sampled_from(["{}", "({})", "[{}]", "size=({})"]),
    st.booleans(),
)
def test_every_way_to_write_a_shape_is_read(
    sizes: list[int], maker: str, suffix: str, form: str, named: bool
) -> None:
    written = ", ".join(map(str, sizes)) + ("," if "(" in form else "")
    tensor = f"torch.{maker}({form.format(written)}){suffix}"
    body = f"x = {tensor}\nBlock(8)(x)" if named else f"m = Block(8)\nm({tensor})"
    other = "target = torch.randn(7, 7, 7, 7, 7)\n"
    assert read(main(other + body)).inputs == (tuple(sizes),)
