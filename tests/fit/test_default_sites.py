"""Where a pattern goes by itself: the main path, its convolutions, or a join."""

from __future__ import annotations

import pytest

from fusion_cli.fit.default_sites import default_sites, main_path_site
from fusion_cli.fit.joins import join_sites, locate_join
from fusion_cli.fit.sites import locate
from fusion_cli.model.errors import CannotFuse, UnknownName
from fusion_cli.patterns.files import load_pattern
from fusion_cli.syntax.tree import code
from tests.fit.hosts import block, residual


@pytest.mark.parametrize(
    ("forward", "path", "ends"),
    [
        ("return x + self.cv2(self.cv1(x))", "cv1..cv2", ["self.cv2(self.cv1(x))"]),
        ("y = self.act(self.cv1(x))\nreturn y + x", "cv1..act", ["self.act(self.cv1(x))"]),
        (
            "x = self.act(x)\nreturn self.cv2(self.cv1(x)) + x",
            "cv1..cv2",
            ["self.cv2(self.cv1(x))"],
        ),
        ("y = self.cv1(x) * 2\nreturn x + y", "main_path", ["self.cv1(x) * 2"]),
        ("return x + self.cv1(x * 2)", "main_path", ["self.cv1(x * 2)"]),
        ("y = self.cv1(x)\ny += self.cv2(y)\nreturn x + y", "main_path", ["y += self.cv2(y)"]),
        ("return self.cv2(self.cv1(x))", "block", ["self.cv2(self.cv1(x))"]),
    ],
    ids=["call", "activation", "behind", "value", "operator first", "in place", "no shortcut"],
)
def test_the_main_path_is_what_is_added_to_the_shortcut(
    forward: str, path: str, ends: list[str]
) -> None:
    site = main_path_site(residual(forward))
    written = [
        (
            f"{code(one.end.target)} += {code(one.end.value)}"  # a statement
            if hasattr(one.end, "target")
            else code(one.end)
        )
        for one in site.occurrences
    ]
    assert (site.path, written) == (path, ends)


def test_a_run_without_the_shortcut_keeps_the_main_path() -> None:
    site = main_path_site(block())
    assert (site.path, len(site.occurrences)) == ("body", 2)
    assert all(site.runs)


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("replace", [["cv1", "cv2"]]),
        ("parallel", [["cv1..cv2"], ["block"], ["cv1", "cv2"]]),
        ("merge", [["add"]]),
    ],
)
def test_each_pattern_has_its_place(name: str, groups: list[list[str]]) -> None:
    host = residual("return x + self.cv2(self.act(self.cv1(x)))")
    pattern = load_pattern(name)
    found = [[make().path for make in group] for group in default_sites(host, pattern)]
    assert found[: len(groups)] == groups


def test_convolutions_in_a_container_are_found_too() -> None:
    host = residual("return x + self.act(self.layers(x))")
    pattern = load_pattern("replace")
    assert [make().path for make in default_sites(host, pattern)[0]] == ["layers.0", "layers.1"]


def test_the_last_addition_is_the_likeliest_join() -> None:
    host = residual("y = x + self.cv1(x)\ny = y + self.cv2(y)\nreturn cat([x, y], 1)")
    assert [make().path for make in join_sites(host)] == ["add.1", "add.0", "cat"]
    site = locate_join(host, "add.1")
    assert [code(one.end) for one in site.occurrences] == ["y + self.cv2(y)"]
    assert (site.inputs, site.runs) == (2, (((2, 4, 8, 8), (2, 4, 8, 8)),))


def test_a_join_that_a_loop_repeats_is_refused() -> None:
    host = residual("for layer in (self.cv1, self.cv2):\n    x = x + layer(x)\nreturn x")
    with pytest.raises(CannotFuse, match="runs several times in one forward"):
        locate_join(host, "add.0")


def test_an_unknown_join_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownName) as caught:
        locate_join(residual("return x + self.cv1(x)"), "cat")
    assert caught.value.hint == "it has: add"


def test_a_number_is_no_second_operand() -> None:
    with pytest.raises(CannotFuse, match="neither adds nor concatenates two tensors"):
        join_sites(residual("return self.cv1(x) + 1"))


def test_the_operands_of_a_join_have_one_shape() -> None:
    host = residual("y = cat([x, self.cv1(x)], 1)\nreturn cat([y, x], 1)")
    with pytest.raises(CannotFuse, match="joins tensors of different shapes: 2×4×8×8 and 2×8×8×8"):
        locate_join(host, "cat.1")
    assert locate(host, "cv1").runs
