"""A written file is a host and a donor like any other: chains of fusions, and what their files say."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from fusion_cli.model.outcomes import FuseOutcome
from fusion_cli.model.sources import ModuleSource
from fusion_cli.render.header import header
from fusion_cli.render.lineage import licences
from tests.fusing import demand_ok, fuse_here, fused_class, request_of

# Fusions one after another; `-1` is the file that the last one wrote, `-2` the one before it.
CHAINS = {
    "four-patterns": (
        "replace Bottleneck AKConv",
        "serial -1 SE",
        "parallel -1 CBAM",
        "concat -1 SE",
    ),
    "other-order": (
        "concat Bottleneck SE",
        "parallel -1 CBAM",
        "replace -1 AKConv",
        "serial -1 SE",
    ),
    "donor": ("serial Bottleneck SE", "replace Bottleneck -1", "parallel C2f -1"),
    "host-and-donor": (
        "parallel Bottleneck SE",
        "concat -1 CBAM",
        "serial -1 -2 --at cv2",
        "replace -1 -2",
    ),
    "same-donor": (
        "serial Bottleneck SE",
        "serial -1 SE",
        "serial -1 SE --at cv2",
        "parallel -1 SE",
    ),
    "same-site": ("serial C2f CBAM --at cv1", "serial -1 CBAM --at cv1", "concat -1 CBAM --at cv1"),
    "functional": (
        "serial ResNetBottleneck SE --at bn3",
        "parallel -1 CBAM",
        "concat -1 SE",
        "serial -1 CBAM --at bn1",
    ),
    "channels-last": (
        "replace ConvNeXtBlock InceptionDWConv2d",
        "parallel -1 SE",
        "concat -1 CBAM",
    ),
}


def chain(steps: tuple[str, ...], folder: Path) -> list[FuseOutcome]:
    made: list[FuseOutcome] = []
    for step in steps:
        line = re.sub(r"(?<= )-(\d)", lambda one: made[-int(one[1])].file, step)
        made.append(fuse_words(line, folder))
    return made


def fuse_words(line: str, folder: Path, **options: object) -> FuseOutcome:
    words = request_of(line)
    return fuse_here(
        str(words["pattern"]),
        str(words["host"]),
        *words["donors"],  # type: ignore[misc]
        **{"output": str(folder), "verify": "quick", **words["options"], **options},  # type: ignore[dict-item]
    )


def defined(source: str) -> Counter[str]:
    """How often each name is defined or imported at the top of a file."""
    names: Counter[str] = Counter()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names[node.name] += 1
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(one.asname or one.name for one in node.names)
    return names


QUICK = ("four-patterns", "donor")


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(steps, id=name, marks=[] if name in QUICK else pytest.mark.slow)
        for name, steps in CHAINS.items()
    ],
)
def test_fusions_compose(steps: tuple[str, ...], tmp_path: Path) -> None:
    for outcome in chain(steps, tmp_path):
        demand_ok(outcome)
        assert {row.name for row in outcome.report.checks} >= {"equivalence", "drop_in"}
        assert set(defined(outcome.source).values()) == {1}
        assert re.findall(r"^    " "", fused_class(outcome), re.MULTILINE)
        assert fused_class(outcome).count("Shapes: ") == 1, "docstrings do not pile up"


def test_attributes_and_names_are_numbered_in_order(tmp_path: Path) -> None:
    last = chain(CHAINS["same-donor"], tmp_path)[-1]
    assert last.name == "Bottleneck_SE_SE_SE_SE"
    assert Path(last.file).name == "bottleneck_serial_se_serial_se_serial_se_parallel_se.py"
    assert sorted(re.findall(r"self\.(se\d?) =", fused_class(last))) == ["se", "se2", "se3", "se4"]


def test_the_order_of_patterns_gives_other_files(tmp_path: Path) -> None:
    one = chain(("serial Bottleneck SE", "residual -1 SE"), tmp_path)[-1]
    other = chain(("residual Bottleneck SE", "serial -1 SE"), tmp_path)[-1]
    assert one.name == other.name
    assert Path(one.file).name == "bottleneck_serial_se_residual_se.py"
    assert Path(other.file).name == "bottleneck_residual_se_serial_se.py"


def test_definitions_of_both_files_are_carried_once(tmp_path: Path) -> None:
    """`Bottleneck_SE` stands in both files, as do `Conv`, `autopad` and `SE`."""
    made = chain(("serial Bottleneck SE", "parallel Bottleneck -1 SE", "replace -1 -2"), tmp_path)
    classes = [name for name in defined(made[-1].source) if "_" not in name]
    assert {"Conv", "SE", "autopad"} <= set(classes)
    assert "Bottleneck_SE(" in fused_class(made[-1])


def test_two_classes_of_one_name_are_both_kept(tmp_path: Path) -> None:
    one = fuse_words("serial Bottleneck SE", tmp_path / "one")
    other = fuse_words("parallel Bottleneck SE", tmp_path / "other")
    assert one.name == other.name == "Bottleneck_SE"
    fused = fuse_words(f"parallel C2f {one.file} {other.file}", tmp_path)
    demand_ok(fused)
    names = [name for name in defined(fused.source) if name.endswith("Bottleneck_SE")]
    assert len(names) == 2
    assert all(f"{name}(" in fused_class(fused) for name in names)
    again = fuse_words(f"parallel {one.file} {other.file}", tmp_path)
    demand_ok(again)
    assert again.name == "Bottleneck_SE_Bottleneck_SE"
    assert "self.bottleneck_se = Bottleneck_SE(c1, c2)" in fused_class(again)


def test_the_header_tells_how_to_remake_the_file_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = chain(
        ("serial Bottleneck SE", "parallel C2f -1 --at cv1", "replace -1 -2 --at cv2"), Path("a")
    )
    commands = [value for key, value in header(made[-1].source) if key == "command"]
    assert commands == [
        "fuse serial Bottleneck SE -o a/bottleneck_serial_se.py",
        "fuse parallel C2f a/bottleneck_serial_se.py --at cv1 -o a/c2f_parallel_bottleneck_se.py",
        "fuse replace a/c2f_parallel_bottleneck_se.py a/bottleneck_serial_se.py --at cv2",
    ]
    for path in Path("a").iterdir():
        path.unlink()
    for line in commands:
        words, _, place = line.removeprefix("fuse ").partition(" -o ")
        last = fuse_words(words, Path(place or "a"))
    assert last.source == made[-1].source


def test_a_class_of_a_written_file_can_be_named(tmp_path: Path) -> None:
    written = fuse_words("serial Bottleneck SE", tmp_path)
    fused = fuse_words(f"parallel {written.file}:Bottleneck_SE {written.file}:SE", tmp_path)
    demand_ok(fused)
    assert f"-o {Path(written.file).name}\n" in fused.source


def test_a_written_demo_is_no_loss(tmp_path: Path) -> None:
    made = chain(("serial Bottleneck SE", "parallel -1 SE"), tmp_path)
    assert not any("__main__" in note for note in made[-1].notes)


def test_licences_are_handed_on() -> None:
    text = '"""Block fused.\n\nlicence     torchvision 0.19: BSD\n{}"""\n'
    for written, expected in (("written by  fuse 0.1.0\n", ["torchvision 0.19: BSD"]), ("", [])):
        assert licences([ModuleSource("b", "B", text.format(written), Path("b.py"))]) == expected
