"""Docstrings of rewritten methods: kept where they hold, cut where they speak of what was changed."""

from __future__ import annotations

import libcst as cst
import pytest

from fusion_cli.render.rewrite.method_docs import without_stale_docs
from fusion_cli.study.analyse import analyse

HOST = '''class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3)

    def forward(self, x):
        """{}"""
        return self.conv(x)

    def other(self, x):
        """conv(x), as ever."""
        return x
'''


def left(docstring: str) -> str:
    text = HOST.format(docstring)
    fused = text.replace("return self.conv(x)", "return self.se(self.conv(x))")
    return without_stale_docs(cst.parse_module(fused), analyse(text, "Block")).code


@pytest.mark.parametrize("stale", ["Apply conv to the input.", "x -> y", "y = 2 x"])
def test_a_description_of_what_was_changed_goes(stale: str) -> None:
    assert stale not in left(stale)
    assert '"""conv(x), as ever."""' in left(stale)


def test_what_speaks_of_no_part_stays() -> None:
    assert '"""Forward pass."""' in left("Forward pass.")


def test_what_is_said_of_arguments_stays() -> None:
    text = left("Apply conv.\n\n        Args:\n            x: a map.\n        ")
    assert "Apply conv" not in text
    assert "Args:\n" in text and "x: a map." in text
    compile(text, "<fused>", "exec")
