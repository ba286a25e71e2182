"""The codec: whatever crosses the pipe comes out as it went in, and nothing else is let through."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusion_cli.model.codec import Malformed, from_json, to_json
from fusion_cli.model.contract import parse
from fusion_cli.model.facts import FusionFacts
from fusion_cli.model.flow import Flow, Node, Origin, Submodule
from fusion_cli.model.jobs import ALL, Attempt, Emit, Job, Traced
from fusion_cli.model.observation import Observation, Run


class Colour(Enum):
    RED = "red"
    BLUE = 2


@dataclass(frozen=True)
class Leaf:
    name: str
    size: float = 0.5


@dataclass(frozen=True)
class Tree:
    """Every kind of field that the codec knows."""

    leaf: Leaf
    leaves: tuple[Leaf, ...]
    pair: tuple[int, str]
    by_number: Mapping[int, Mapping[str, bool]]
    kind: Literal["tree", "bush", 3]
    colour: Colour
    path: Path
    names: frozenset[str]
    either: int | str | None
    above: Tree | None


UNTIMED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def trees(above: st.SearchStrategy[Tree | None]) -> st.SearchStrategy[Tree]:
    leaves = st.builds(Leaf, size=st.floats(allow_nan=False))  # no NaN equals itself
    paths = st.builds(Path, st.text())
    return st.builds(Tree, leaf=leaves, leaves=st.tuples(leaves), path=paths, above=above)


TREES = st.recursive(trees(st.none()), lambda deeper: trees(st.none() | deeper), max_leaves=3)


def through(value: object) -> Any:
    """The value as the pipe carries it."""
    return from_json(type(value), json.loads(json.dumps(to_json(value))))


@UNTIMED
@given(TREES)
def test_a_value_comes_back(tree: Tree) -> None:
    assert through(tree) == tree


@pytest.mark.parametrize("cls", [FusionFacts, Attempt, Run])
def test_what_crosses_the_pipe_comes_back(cls: type) -> None:
    @UNTIMED
    @given(st.builds(cls))
    def comes_back(value: object) -> None:
        assert through(value) == value

    comes_back()


def test_a_record_comes_back() -> None:
    node = Node(0, "op", "mul", None, (0,), (1,), (), 1, 2, number=(1, 0.5))
    flow = Flow(
        inputs=(0,),
        outputs=(1,),
        packed="alone",
        shapes=((2, 3), ()),
        modules={"cv": Submodule("Conv", True, ("0",), False, 2)},
        origins={"cv": Origin("Conv", None, ("Conv",), "class Conv", (("c", None),))},
        built={"cv": 3},
        widths={"self.cv": {"in_channels": 64}},
        constants={7: "scale"},
        expressions=((1, 2, 3),),
        nodes=(node,),
    )
    traced = Traced(
        observation=SEEN,
        signature="Block(c)",
        accepted=frozenset({"c"}),
        attributes=frozenset({"cv"}),
        flows=(flow,),
        further=(),
        scopes=({1: {"c": 64}},),
        conditions=({1: True, 2: "NameError: x"},),
    )
    again = through(traced)
    assert replace(again, flows=()) == replace(traced, flows=())
    (back,) = again.flows
    assert vars(back.nodes[0]) == vars(node)
    assert {**vars(back), "nodes": ()} == {**vars(flow), "nodes": ()}


SEEN = Observation("test", (Run({"c1": "64"}, ((1, 2),), ()),), {}, parse("b c -> b c*2+1"))
LEAF = {"name": "a", "size": 0.5}


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        (Leaf, {"name": "a"}),
        (Leaf, {**LEAF, "more": 1}),
        (Leaf, {**LEAF, "name": 1}),
        (Leaf, [LEAF]),
        (int, True),
        (int, 1.0),
        (float, True),
        (str, None),
        (tuple[int, ...], {"0": 1}),
        (tuple[int, str], [1]),
        (Mapping[int, str], {"x": "y"}),
        (Mapping[str, int], [1]),
        (Literal["a", "b"], "c"),
        (Literal[1, 2], True),
        (Colour, "green"),
        (Colour, {}),
        (int | None, "x"),
    ],
)
def test_what_is_no_value_is_refused(expected: Any, wrong: object) -> None:
    with pytest.raises(Malformed):
        from_json(expected, wrong)


@pytest.mark.parametrize("value", [object(), {1.5: 2}, Leaf, (Leaf("a"), {b"x"})])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="JSON"):
        to_json(value)


def test_a_type_that_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="JSON"):
        from_json(complex, 1)


@pytest.mark.parametrize("job", ALL, ids=lambda job: job.run)
def test_a_job_is_declared_as_its_function_is(job: Job[Any, Any, Any]) -> None:
    module, _, name = job.run.partition(":")
    hints = get_type_hints(getattr(importlib.import_module(module), name))
    events: Any = type(None)
    for number, event in enumerate(job.events):
        events = events | event if number else event
    assert hints == {"question": job.question, "emit": Emit[events], "return": job.answer}
