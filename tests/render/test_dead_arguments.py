"""Arguments that a fusion leaves without an effect: said, and with `--drop-dead-args` left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fusing import demand_ok, fuse_here, fused_class

HOST = '''
import torch.nn as nn


class Block(nn.Module):
    """A block.

    Args:
        dim: channels.
        size: odd size of the kernel.
        bias: whether the second convolution has one.
    """

    def __init__(self, dim, size=3, bias=False):
        super().__init__()
        self.a = nn.Conv2d(dim, dim, size, padding=size // 2)
        self.b = nn.Conv2d(dim, dim, 1, bias=bias)

    def forward(self, x):
        return self.b(self.a(x))


EXAMPLE = {"dim": 16, "size": 5}
'''


@pytest.fixture
def host(tmp_path: Path) -> str:
    path = tmp_path / "block.py"
    path.write_text(HOST, encoding="utf-8")
    return f"{path}:Block"


def test_docstring_and_report_say_which_argument_has_no_effect(host: str, tmp_path: Path) -> None:
    fused = fuse_here("replace", host, "SE", at="a", output=str(tmp_path), verify="off")
    text = fused_class(fused)
    assert "def __init__(self, dim, size=3, bias=False):" in text
    assert "        size: without effect, since what read it is replaced.\n" in text
    assert "        bias: whether the second convolution has one.\n" in text
    assert [note for note in fused.notes if "no effect" in note] == [
        "`size` of Block_SE has no effect: what read it is replaced; "
        "--drop-dead-args leaves arguments out"
    ]


def test_what_is_dropped_is_nowhere_and_the_rest_is_the_host(host: str, tmp_path: Path) -> None:
    fused = fuse_here(
        "replace", host, "SE", at="a", output=str(tmp_path), verify="quick", drop_dead_args=True
    )
    demand_ok(fused)
    assert "def __init__(self, dim, bias=False):" in fused_class(fused)
    assert not re.search(r"\bsize\b", fused_class(fused))
    assert not [note for note in fused.notes if "no effect" in note]
    assert "--drop-dead-args\n" in fused.source
    rows = {row.name: row.status for row in fused.report.checks}
    assert (rows["drop_in"], rows["equivalence"]) == ("passed", "passed")
