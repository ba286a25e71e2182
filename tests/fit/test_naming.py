"""Names of files and attributes: from those of classes, and free in the host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_cli.fit.naming import Names, snake
from tests.fit.hosts import block

_NAMES = {
    "Bottleneck": "bottleneck",
    "AKConv": "akconv",
    "SEModule": "se_module",
    "MoHAttention": "moh_attention",
    "ConvNeXtBlock": "convnext_block",
    "ResNetBottleneck": "resnet_bottleneck",
    "C2f": "c2f",
    "CBAM": "cbam",
    "InceptionDWConv2d": "inception_dw_conv2d",
    "DropPath": "drop_path",
    "RepConv": "rep_conv",
    "EfficientViTBlock": "efficient_vit_block",
    "Bottleneck_AKConv": "bottleneck_akconv",
    "_Inner": "inner",
    "Блок": "блок",
    "Блок_A": "блок_a",
    "块": "块",
}


@pytest.mark.parametrize(("name", "words"), _NAMES.items())
def test_short_words_side_by_side_are_one(name: str, words: str) -> None:
    assert snake(name) == words


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True))
def test_letters_become_small_and_none_is_lost(name: str) -> None:
    small = snake(name)
    assert small.replace("_", "") == name.lower().replace("_", "")
    assert small == small.lower()


def test_a_name_that_the_host_uses_is_numbered() -> None:
    names = Names(block(), ["se"])
    given = [names.free(name) for name in ("cv1", "se", "se", "eca")]
    assert given == ["cv12", "se2", "se3", "eca"]
    assert not names.is_free("training")
