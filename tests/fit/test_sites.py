"""Sites: where a name leads in the record of the runs, and what stands there in the source."""

from __future__ import annotations

import pytest

from fusion_cli.fit.mapping import site_contract
from fusion_cli.fit.sites import block_site, locate
from fusion_cli.model.errors import CannotFuse, UnknownName
from fusion_cli.syntax.tree import code
from tests.fit.hosts import block, residual


def test_a_call_is_a_site() -> None:
    host = block()
    site = locate(host, "cv2")
    assert site.runs[:2] == (((2, 4, 8, 8), (2, 8, 4, 4)), ((2, 8, 8, 8), (2, 16, 4, 4)))
    assert [code(one.end) for one in site.occurrences] == ["self.cv2(self.cv1(x))"]
    assert (site.modules, site.is_one_call) == (("cv2",), True)
    assert str(site_contract(host, site)[0]) == "b c h w -> b c*2 h/2 w/2"


def test_a_span_goes_from_its_first_call_to_its_last() -> None:
    site = locate(block(), "cv1..cv2")
    assert site.runs[0] == ((2, 4, 8, 8), (2, 8, 4, 4))
    assert [code(one.first) for one in site.occurrences if one.first] == ["self.cv1(x)"]
    assert (site.modules, site.is_one_call) == (("cv1", "cv2"), False)


def test_a_span_begins_at_the_nearest_call_and_holds_what_runs_in_it_alone() -> None:
    host = residual(
        "y = self.cv1(self.act(x))\ny = self.cv1(y)\ny = self.act(y)\nreturn self.cv2(y)"
    )
    site = locate(host, "act..cv2")
    assert [code(one.first) for one in site.occurrences if one.first] == ["self.act(y)"]
    assert site.modules == ("cv2",)


def test_every_call_of_a_site_is_an_occurrence() -> None:
    ends = [code(one.end) for one in locate(block(), "body").occurrences]
    assert ends == ["self.body(y)", "self.body(y)"]


def test_an_item_is_reached_through_its_container() -> None:
    host = block()
    item = host.address("body.1")
    assert item and (item.root, [(one.index, one.last) for one in item.steps]) == (
        "body",
        [(1, True)],
    )
    assert locate(host, "body.0").modules == ("body.0",)


def test_a_span_against_the_flow_is_refused() -> None:
    with pytest.raises(CannotFuse, match="`cv1` of Block does not follow from `body`"):
        locate(block(), "body..cv1")


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownName) as caught:
        locate(block(), "cv3")
    assert "the sites are cv1, cv2, body, body.0, body.1;" in caught.value.hint


@pytest.mark.parametrize(
    "forward",
    [
        "for layer in (self.cv1, self.cv2):\n    x = layer(x)\nreturn x",
        "run = self.cv1 if self else self.cv2\nfor run in (self.cv2, self.cv1):\n    x = run(x)\nreturn x",
    ],
)
def test_what_a_loop_calls_has_no_handle(forward: str) -> None:
    with pytest.raises(CannotFuse, match="gives no handle on `cv1`"):
        locate(residual(forward), "cv1")


def test_a_local_alias_is_a_handle() -> None:
    site = locate(residual("run = self.cv1\nreturn run(x)"), "cv1")
    assert [code(one.end) for one in site.occurrences] == ["run(x)"]


@pytest.mark.parametrize(
    ("forward", "mutates"),
    [("x += 1\nreturn self.cv1(x)", True), ("y = x + 1\nreturn self.cv1(y)", False)],
)
def test_a_block_that_changes_its_input_says_so(forward: str, mutates: bool) -> None:
    assert block_site(residual(forward)).mutates is mutates


def test_a_block_ends_with_each_return() -> None:
    site = block_site(block())
    assert [code(one.end) for one in site.occurrences] == ["y + self.body(y)", "self.body(y)"]
    assert {one.name for one in site.occurrences} == {"x"}


def test_a_block_of_two_outputs_is_no_site() -> None:
    with pytest.raises(CannotFuse, match="returns more than one tensor"):
        block_site(residual("y = self.cv1(x)\nreturn y, self.cv2(y)"))
