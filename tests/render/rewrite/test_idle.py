"""Arguments without an effect: found in two constructors, described, left out."""

from __future__ import annotations

from fusion_cli.render.rewrite.idle import described, idle, without_arguments

HOST = """
class Block(nn.Module):
    def __init__(self, dim, k=(3, 3), size=7, *, bias=True, unused=1):
        super().__init__()
        self.a = Conv(dim, k[0], size, bias=bias)
        self.b = Conv(dim, k[1])
"""
FUSED = HOST.replace("Conv(dim, k[0], size, bias=bias)", "SE(dim)")
ENTRIES = [
    "Args:",
    "    dim: channels.",
    "    k: kernel sizes of the two convolutions.",
    "    size: odd size",
    "        of the kernel.",
    "    bias (bool): whether there is one.",
]


def test_what_the_host_reads_and_the_fused_class_does_not_has_no_effect() -> None:
    assert idle(HOST, FUSED) == {"bias": (), "k": ("k[0]",), "size": ()}
    assert idle(HOST, HOST) == {}


def test_an_argument_that_is_still_read_as_a_whole_has_an_effect() -> None:
    assert "k" not in idle(HOST, FUSED.replace("k[1]", "*k"))


def test_nothing_is_said_of_a_constructor_that_asks_for_its_arguments_by_name() -> None:
    assert idle(HOST, FUSED + "        self.given = locals()\n") == {}


def test_the_docstring_says_which() -> None:
    assert described(ENTRIES, idle(HOST, FUSED), ()) == [
        "Args:",
        "    dim: channels.",
        "    k: kernel sizes of the two convolutions; k[0] has no effect.",
        "    size: without effect, since what read it is replaced.",
        "    bias (bool): without effect, since what read it is replaced.",
    ]
    assert described([], {"size": ()}, ()) == ["Without effect: size."]


def test_what_is_left_out_is_in_neither_signature_nor_docstring() -> None:
    left = without_arguments(FUSED, ["size", "bias"])
    assert "def __init__(self, dim, k=(3, 3), *, unused=1):" in left
    assert described(ENTRIES, {"size": (), "bias": ()}, ["size", "bias"]) == ENTRIES[:3]
