"""The record of a run: which value came of which, and what the main path is."""

from __future__ import annotations

import pytest

from fusion_cli.model.flow import matches
from tests.fit.hosts import residual


@pytest.mark.parametrize(
    ("path", "pattern", "meant"),
    [
        *(("m.0.cv1", "m.*.cv1", True), ("m.cv1", "m.*.cv1", False)),
        *(("m.0.cv1", "*.cv1", False), ("cv1", "cv*", True)),
    ],
)
def test_a_star_stands_for_one_part_of_a_path(path: str, pattern: str, meant: bool) -> None:
    assert matches(path, pattern) is meant


def test_a_slice_holds_all_that_a_value_came_of() -> None:
    flow = residual("y = self.cv1(x)\nz = self.cv2(x)\nreturn self.act(y)").flows[0]
    (start,), (end,) = flow.inputs, flow.outputs
    made = {node.name for node in flow.made_by(flow.slice(end))}
    assert (start in flow.slice(end), made) == (True, {"cv1", "act"})


@pytest.mark.parametrize(
    ("forward", "operand"),
    [
        ("return x + self.cv1(x)", 1),
        ("return self.cv1(x) + x", 0),
        ("return self.act(x) + self.cv1(x)", 1),
    ],
)
def test_the_main_path_is_the_side_with_more_work(forward: str, operand: int) -> None:
    flow = residual(forward).flows[0]
    path = flow.main_path
    assert path.addition and (path.operand, path.start) == (operand, flow.inputs[0])


def test_sides_of_equal_work_are_no_shortcut() -> None:
    assert residual("return self.cv1(x) + self.cv2(x)").flows[0].main_path.addition is None


def test_a_maker_finds_the_same_operator_in_another_run() -> None:
    """The second addition behind `cv1`, also where an addition before it is left out."""
    long = residual("x = x + 1\ny = self.cv1(x)\ny = y + 1\nreturn y + x")
    short = residual("y = self.cv1(x)\ny = y + 1\nreturn y + x")
    there, here = long.flows[0], short.flows[0]
    maker = there.maker(there.outputs[0], {"cv1"})
    assert maker == ("op", "add", "cv1", 1)
    assert here.made(maker) == here.outputs[0]
    assert here.made(("op", "add", "cv1", 2)) is None


def test_a_change_in_place_is_another_value() -> None:
    flow = residual("y = self.cv1(x)\ny += x\nreturn y").flows[0]
    (changed,) = (node for node in flow.nodes if node.mutates)
    assert changed.outputs == flow.outputs and changed.mutates[0] != flow.outputs[0]
    assert flow.mutates(changed.mutates[0], 0, changed.end)
    assert not flow.mutates(changed.mutates[0], 0, changed.begin - 1)
