"""Read one record of a module's dataflow: slices, the last addition, the main path.

The record is what `runtime/trace/recorder.py` wrote. A node is at *root level* when the host's own
methods called it; what happens inside a submodule is that submodule's affair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from fusion_cli.model.basics import Shape

# What layers call the numbers of their channels.
WIDTHS = ("in_channels", "out_channels", "in_features", "out_features", "num_features")
ADDITIONS = {"add", "add_", "__add__", "__radd__", "__iadd__"}
CONCATENATIONS = {"cat", "concat", "concatenate"}
# How a node at root level is named so that it is found in other runs: its kind and name, the
# submodule after whose call it comes ("" is none), and which of that name it is from there.
Maker = tuple[str, str, str, int]


def matches(path: str, pattern: str) -> bool:
    """Whether a submodule's path is one of those that `m.*.cv1` names, part by part."""
    names, wanted = path.split("."), pattern.split(".")
    return len(names) == len(wanted) and all(map(fnmatchcase, names, wanted))


@dataclass(frozen=True, eq=False)
class Node:
    """One call of a submodule, or one operator."""

    index: int
    kind: Literal["module", "op"]
    name: str  # the submodule's path, or the operator's name
    owner: str | None  # path of the module that called it; "" is the host itself
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    mutates: tuple[int, ...]  # the inputs that it changed in place
    begin: int
    end: int
    number: tuple[int, int | float] | None = (
        None  # the plain number among two operands, and its place
    )


@dataclass(frozen=True)
class Submodule:
    """A submodule as it was built."""

    cls: str
    sequential: bool  # whether it runs its items in turn, and a slice of it does too
    children: tuple[str, ...]
    convolution: bool  # whether it is one convolution, alone or with its norm and activation
    work: int  # how many layers in it mix channels or pixels by a weight of their own


@dataclass(frozen=True)
class Origin:
    """Where the class of a submodule comes from, and what the host's file calls it.

    `file` is None for the host's own file. A layer of torch itself has none either; it has a
    `stand_in`, the source of a class that does the same, and its constructor's `parameters`, each
    with the source of its default.
    """

    cls: str
    file: str | None
    names: tuple[str, ...]
    stand_in: str | None
    parameters: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class MainPath:
    """What the last addition adds to the shortcut: from value `start` to value `end`."""

    start: int
    end: int
    addition: Node | None = None  # None: there is no shortcut, the path is the whole block
    operand: int = 0  # which operand of the addition is the main path


Packed = Literal["alone", "sequence", "mapping", "otherwise"]


@dataclass(frozen=True, eq=False)
class Flow:
    """The dataflow of one run of a host; values go by their numbers.

    `built` tells by which of the host's own calls a submodule was built, `widths` what layers call
    their channels, by the expression of the layer, and `constants` which values are the host's
    weights. An item of `expressions` is the number of one in the source, its value, and when.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    packed: Packed  # what the tensors of the output come in
    shapes: tuple[Shape, ...]
    modules: Mapping[str, Submodule]
    origins: Mapping[str, Origin]
    built: Mapping[str, int]
    widths: Mapping[str, Mapping[str, int]]
    constants: Mapping[int, str]
    expressions: tuple[tuple[int, int, int], ...]
    nodes: tuple[Node, ...]

    @property
    def single(self) -> bool:
        """Whether the output is one tensor alone."""
        return self.packed == "alone"

    @cached_property
    def root(self) -> list[Node]:
        """The nodes at root level, in the order in which they ended."""
        return [node for node in self.nodes if node.owner == ""]

    def producer(self, value: int) -> Node | None:
        """The root-level node that made a value; one that returns its input as it is made nothing."""
        for node in self.root:
            if value in node.outputs and value not in node.inputs:
                return node
        return None

    def maker(self, value: int, landmarks: Iterable[str]) -> Maker | None:
        """What made a value at root level. `landmarks` are submodules that every run calls once."""
        node = self.producer(value)
        return None if node is None else self.maker_of(node, landmarks)

    def maker_of(self, node: Node, landmarks: Iterable[str]) -> Maker:
        """How a root-level node is named so that it is found in another run too."""
        passed = [
            earlier
            for earlier in self.root
            if earlier.kind == "module" and earlier.end < node.begin
        ]
        after = next(
            (earlier.name for earlier in reversed(passed) if earlier.name in landmarks), ""
        )
        return node.kind, node.name, after, self._alike(node.kind, node.name, after).index(node)

    def making(self, maker: Maker) -> Node | None:
        """The node that a maker is in this run, None where it did not run."""
        kind, name, after, place = maker
        return next(iter(self._alike(kind, name, after)[place : place + 1]), None)

    def made(self, maker: Maker) -> int | None:
        """The value that `maker` made (or, an identity, handed on) in this run."""
        node = self.making(maker)
        if node is None:
            return None
        return next(
            (output for output in node.outputs if output not in node.inputs), node.outputs[0]
        )

    def _alike(self, kind: str, name: str, after: str) -> list[Node]:
        start = self.calls(after)[0].end if after else -1
        alike = (node for node in self.root if (node.kind, node.name) == (kind, name))
        return [node for node in alike if node.begin > start]

    def first_use(self, value: int, after: float = -1) -> float:
        """When a root-level node first took a value after some moment; infinite where none did."""
        takers = (
            taker.begin for taker in self.root if value in taker.inputs and taker.begin > after
        )
        return min(takers, default=math.inf)

    def slice(self, value: int) -> set[int]:
        """The values that a value was made from at root level, itself included."""
        found: set[int] = set()
        waiting = [value]
        while waiting:
            earlier = waiting.pop()
            if earlier in found:
                continue
            found.add(earlier)
            node = self.producer(earlier)
            waiting.extend(node.inputs if node else ())
        return found

    def made_by(self, values: Iterable[int]) -> list[Node]:
        """The nodes that made some of `values`."""
        made = [self.producer(value) for value in values]
        return [node for node in made if node is not None]

    def work(self, nodes: Iterable[Node]) -> int:
        """A rough measure of what is computed: a layer with weights counts as a thousand operators."""
        total = 0
        for node in {node.index: node for node in nodes}.values():
            total += 1
            if node.kind == "module":
                total += 1000 * self.modules[node.name].work
        return total

    @cached_property
    def main_path(self) -> MainPath:
        """What the last addition on the way to the output adds to the shortcut, or the block."""
        block = MainPath(self.inputs[0], self.outputs[0])
        to_output = self.slice(self.outputs[0])
        for node in reversed(self.root):
            if self.adds(node) and set(node.outputs) & to_output:
                return self._split(node) or block
        return block

    def adds(self, node: Node) -> bool:
        """Whether a node adds two tensors of one shape."""
        return (
            node.kind == "op"
            and node.name in ADDITIONS
            and len(node.inputs) == 2
            and len({self.shapes[input] for input in node.inputs}) == 1
        )

    def joins(self, node: Node) -> bool:
        """Whether a node adds or concatenates two tensors."""
        concatenates = node.kind == "op" and node.name in CONCATENATIONS
        return self.adds(node) or (concatenates and len(node.inputs) == 2)

    def _split(self, addition: Node) -> MainPath | None:
        """Tell the shortcut of an addition from its main path."""
        slices = [self.slice(input) for input in addition.inputs]
        common = slices[0] & slices[1]
        work = [self.work(self.made_by(part - common)) for part in slices]
        if not common or work[0] == work[1]:
            return None
        main = work.index(max(work))
        start = max(common, key=self._age)
        return MainPath(start, addition.inputs[main], addition, main)

    def _age(self, value: int) -> int:
        node = self.producer(value)
        return node.end if node else -1

    def calls(self, path: str) -> list[Node]:
        """The calls of one submodule."""
        return [node for node in self.nodes if node.kind == "module" and node.name == path]

    def mutates(self, value: int, begin: int, end: float) -> bool:
        """Whether anything between two moments changed a value in place."""
        return any(value in node.mutates and begin <= node.begin <= end for node in self.nodes)

    def called_by(self, time: int) -> Node | None:
        """The root-level call that ended just before a moment, when an expression reported its value."""
        return self._endings.get(time - 1)

    @cached_property
    def _endings(self) -> dict[int, Node]:
        return {node.end: node for node in self.root}


def shapes_of(flow: Flow, values: Sequence[int]) -> tuple[Shape, ...]:
    """The shapes of values, in order."""
    return tuple(flow.shapes[value] for value in values)
