"""Formulas and their cases, on records of runs made by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fusion_cli.fit.sites import Site
from fusion_cli.model.basics import JSON, Arguments
from fusion_cli.model.codec import from_json
from fusion_cli.model.flow import Flow
from fusion_cli.model.observation import Run
from fusion_cli.model.placeholders import ARG, CALL
from fusion_cli.render.formula import WIDTH, formulas
from fusion_cli.study.analyse import HostClass, analyse

BLOCK = """
class Block(nn.Module):
    def __init__(self, c1, c2, shortcut=True):
        super().__init__()
        self.cv1 = Conv(c1, c2)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        return x + self.cv1(x) if self.add else self.cv1(x)
"""


def node(kind: str, name: str, inputs: list[int], outputs: list[int], begin: int) -> JSON:
    times = {"begin": begin, "end": begin + 1, "owner": "", "mutates": [], "number": None}
    return {"kind": kind, "name": name, "inputs": inputs, "outputs": outputs, **times}


def flow(outputs: list[int], *nodes: JSON, constants: JSON | None = None) -> Flow:
    empty: JSON = {"modules": {}, "origins": {}, "built": {}, "widths": {}, "expressions": []}
    numbered = [{**one, "index": index} for index, one in enumerate(nodes)]
    record = {"inputs": [0], "outputs": outputs, "packed": "alone", "nodes": numbered}
    shapes = [[1, 2]] * 20
    read: Flow = from_json(
        Flow, {**empty, **record, "shapes": shapes, "constants": constants or {}}
    )
    return read


def text(
    runs: list[tuple[Arguments, Flow]], call: str, source: str = BLOCK, last: str = "cv1"
) -> list[str]:
    tree: HostClass = analyse(source, "Block")
    seen = [Run(args, ((1, 2),), ((1, 2),)) for args, _ in runs]
    view: Any = SimpleNamespace(
        source=tree,
        flows=tuple(one for _, one in runs),
        observation=SimpleNamespace(runs=seen, base=seen[0]),
    )
    site = Site("cv1", "calls", (), (), first="cv1", last=last)
    return formulas(view, site, call, range(len(runs)))[:-1]


CV1 = node("module", "cv1", [0], [1], 1)
ADDED = flow([2], CV1, node("op", "add", [0, 1], [2], 3))
BARE = flow([1], CV1)
SERIAL, PARALLEL = f"self.se({CALL})", f"{CALL} + self.se({ARG})"
DEFAULT = {"c1": "4", "c2": "4"}


def test_parentheses_stand_where_python_needs_them() -> None:
    assert text([(DEFAULT, ADDED)], SERIAL) == ["y = x + se(cv1(x))"]
    assert text([(DEFAULT, ADDED)], PARALLEL) == ["y = x + (cv1(x) + se(x))"]
    scaled = flow([2], CV1, {**node("op", "mul", [1], [2], 3), "number": [1, 0.5]})
    assert text([(DEFAULT, scaled)], PARALLEL) == ["y = (cv1(x) + se(x)) * 0.5"]
    assert text([(DEFAULT, scaled)], SERIAL) == ["y = se(cv1(x)) * 0.5"]


def test_what_host_and_donor_take_alike_is_written_once() -> None:
    deep = flow([2], node("module", "stem", [0], [1], 1), node("module", "cv1", [1], [2], 3))
    assert text([(DEFAULT, deep)], PARALLEL) == ["t1 = stem(x)", "y = cv1(t1) + se(t1)"]


@pytest.mark.parametrize(
    ("others", "case"),
    [
        ([{"c1": "4", "c2": "8"}], "where c1 != c2"),
        ([{**DEFAULT, "shortcut": "False"}], "where not shortcut"),
        (
            [{"c1": "4", "c2": "8"}, {**DEFAULT, "shortcut": "False"}],
            "where not shortcut or c1 != c2",
        ),
    ],
)
def test_the_hosts_own_condition_tells_when(others: list[Arguments], case: str) -> None:
    runs = [(DEFAULT, ADDED), *((args, BARE) for args in others)]
    assert text(runs, SERIAL) == ["y = x + se(cv1(x))", f"y = se(cv1(x))    ({case})"]


def test_without_a_condition_the_arguments_tell() -> None:
    plain = BLOCK.replace("x + self.cv1(x) if self.add else self.cv1(x)", "self.run(x)")
    lines = text([(DEFAULT, ADDED), ({**DEFAULT, "c2": "8"}, BARE)], SERIAL, plain)
    assert lines[1] == "y = se(cv1(x))    (for c2=8)"


def test_the_default_arguments_come_first() -> None:
    runs = [({**DEFAULT, "shortcut": "False"}, BARE), (DEFAULT, ADDED)]
    assert text(runs, SERIAL)[0] == "y = x + se(cv1(x))"


def test_other_arguments_than_the_defaults_are_named_where_they_decide() -> None:
    looped = BLOCK.replace("shortcut=True", "n=1, size=3").replace("shortcut and", "n == 1 and")
    runs = [({**DEFAULT, "n": "2", "size": "5"}, BARE)]
    assert text(runs, SERIAL, looped) == ["y = se(cv1(x))    (for n=2)"]


def test_an_identity_is_not_left_out() -> None:
    dropped = flow([2], CV1, node("module", "drop", [1], [1], 3), node("op", "add", [0, 1], [2], 5))
    assert text([(DEFAULT, dropped)], SERIAL) == ["y = x + drop(se(cv1(x)))"]


def test_an_identity_within_the_site_is_none_of_the_formula() -> None:
    last = flow([1], CV1, node("module", "act", [1], [1], 3))
    assert text([(DEFAULT, last)], SERIAL, last="act") == ["y = se(cv1(x))"]


def test_no_line_is_too_wide() -> None:
    names = [f"a_long_name_of_a_layer_{index}" for index in range(8)]
    nodes = [
        node("module", name, [index + 1], [index + 2], 2 * index + 3)
        for index, name in enumerate(names)
    ]
    lines = text([(DEFAULT, flow([len(names) + 1], CV1, *nodes))], SERIAL)
    assert len(lines) > 1
    assert max(map(len, lines)) <= WIDTH
