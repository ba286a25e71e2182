"""Names of files and attributes, from those of classes."""

from __future__ import annotations

import pytest

from fusion_cli.fit.naming import snake


@pytest.mark.parametrize(
    ("name", "words"),
    [("ConvNeXtBlock", "convnext_block"), ("Блок", "блок"), ("Блок_A", "блок_a"), ("块", "块")],
)
def test_letters_of_any_alphabet_are_kept(name: str, words: str) -> None:
    assert snake(name) == words
