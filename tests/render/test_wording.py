"""What a written file says of itself, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion_cli.model.contract import parse
from fusion_cli.model.observation import Observation, Run
from fusion_cli.patterns.files import load_pattern
from fusion_cli.render.lineage import local
from fusion_cli.render.wording import WIDTH, in_width, sentence, shapes


@pytest.mark.parametrize(
    ("pattern", "donors", "site", "expected"),
    [
        ("replace", ["AKConv"], "cv1", "AKConv replaces `cv1` of Bottleneck"),
        ("serial", ["AKConv", "SE"], "cv1", "AKConv and SE follow `cv1` of Bottleneck"),
        ("serial", ["SE"], "block", "SE follows the whole of Bottleneck"),
    ],
)
def test_a_pattern_says_what_it_did(
    pattern: str, donors: list[str], site: str, expected: str
) -> None:
    assert sentence(load_pattern(pattern), "Bottleneck", donors, site) == expected


def seen(stride: str, halved: str, outputs: tuple[int, ...]) -> Observation:
    base = Run({"c": "4", "stride": stride}, ((1, 4, 16, 16),), ((1, 4, *outputs[:2]),))
    other = Run({"c": "4", "stride": "4"}, ((1, 4, 16, 16),), ((1, 4, *outputs[2:]),))
    contract = parse(f"b c h w -> b c h{halved} w{halved}")
    return Observation("EXAMPLE", (base, other), {"stride": "stride"}, contract)


def test_a_stride_stands_in_the_terms_of_the_constructor() -> None:
    strided = "b c h w -> b c h/stride w/stride"
    assert shapes(seen("1", "", (16, 16, 4, 4))) == strided
    assert shapes(seen("2", "/2", (8, 8, 4, 4))) == strided
    assert shapes(seen("1", "", (16, 16, 16, 4))) == "b c h w -> b c h w/stride"
    assert shapes(seen("1", "", (16, 16, 16, 16))) == "b c h w -> b c h w"


def test_what_is_too_wide_goes_on_further_in() -> None:
    lines = list(in_width(["short", "    k: " + "word " * 30]))
    assert lines[0] == "short"
    assert all(len(line) + 4 <= WIDTH for line in lines)
    assert all(line.startswith("        ") for line in lines[2:])


def test_a_command_holds_no_folder_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert local(f"{tmp_path}/blocks/host.py:Block") == "blocks/host.py:Block"
    assert local("/elsewhere/host.py:Block") == "host.py:Block"
    assert local("../host.py:Block") == "../host.py:Block"
