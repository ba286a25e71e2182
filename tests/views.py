"""Hosts as they would be seen, made without torch: the source is read as ever, and run on mere shapes.

    host = host_view(BLOCK, ({"c1": 4, "c2": 8}, (2, 4, 8, 8)))

The text holds one class without a base; it may use `Conv(c1, c2, stride)`, `Act()`,
`Sequential(...)`, `cat([a, b], 1)` and the operators of `Map`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from fusion_cli.model.basics import Shape
from fusion_cli.model.flow import Flow, Node, Submodule
from fusion_cli.model.infer import infer
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.probes import SCOPE_PROBE, VALUE_PROBE
from fusion_cli.model.sources import ModuleSource
from fusion_cli.study.analyse import HostClass, analyse
from fusion_cli.study.views import HostView

Kind = Literal["module", "op"]


class Tape:
    """The record of one run, as `runtime.trace.recorder` writes it."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.nodes: list[Node] = []
        self.expressions: list[tuple[int, int, int]] = []
        self.scopes: dict[int, dict[str, int]] = {}
        self.within: list[str] = [""]
        self._clock = 0

    def tick(self) -> int:
        self._clock += 1
        return self._clock

    def new(self, shape: Shape) -> int:
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def note_value(self, number: int, value: Any) -> Any:
        if isinstance(value, Map):
            self.expressions.append((number, value.value, self.tick()))
        return value

    def note_scope(self, number: int, names: Mapping[str, object]) -> None:
        self.scopes[number] = {key: one for key, one in names.items() if type(one) is int}

    def add(
        self, kind: Kind, name: str, begin: int, inputs: Sequence[int], output: int, mutates: bool
    ) -> None:
        self.nodes.append(
            Node(
                index=len(self.nodes),
                kind=kind,
                name=name,
                owner=self.within[-1],
                inputs=tuple(inputs),
                outputs=(output,),
                mutates=tuple(inputs[:1]) if mutates else (),
                begin=begin,
                end=self.tick(),
            )
        )


class Map:
    """A tensor of which the shape is known; what changes it in place makes another value of it."""

    def __init__(self, tape: Tape, shape: Shape) -> None:
        self.tape, self.shape, self.value = tape, shape, tape.new(shape)

    def _joined(self, name: str, other: Map | int, shape: Shape) -> Map:
        begin = self.tape.tick()
        made = Map(self.tape, shape)
        inputs = [self.value, *([other.value] if isinstance(other, Map) else [])]
        self.tape.add("op", name, begin, inputs, made.value, False)
        return made

    def __add__(self, other: Map | int) -> Map:
        return self._joined("add", other, self.shape)

    def __mul__(self, other: Map | int) -> Map:
        return self._joined("mul", other, self.shape)

    def __iadd__(self, other: Map | int) -> Map:
        begin, before = self.tape.tick(), self.value
        self.value = self.tape.new(self.shape)
        inputs = [before, *([other.value] if isinstance(other, Map) else [])]
        self.tape.add("op", "__iadd__", begin, inputs, self.value, True)
        return self


def cat(maps: Sequence[Map], dim: int) -> Map:
    first, second = maps
    shape = list(first.shape)
    shape[dim] += second.shape[dim]
    return first._joined("cat", second, tuple(shape))


class Layer:
    """A submodule; `path` is what the host calls it."""

    path = ""
    convolution = False
    items: Mapping[str, Layer] = {}

    def shape(self, given: Shape) -> Shape:
        return given

    def __call__(self, x: Map) -> Map:
        tape, begin, before = x.tape, x.tape.tick(), x.value
        made = self.run(x)
        tape.add("module", self.path, begin, [before], made.value, False)
        return made

    def run(self, x: Map) -> Map:
        return Map(x.tape, self.shape(x.shape))


class Act(Layer):
    """An activation."""


class Conv(Layer):
    """A convolution with padding."""

    convolution = True

    def __init__(self, c1: int, c2: int, stride: int = 1) -> None:
        self.c2, self.stride = c2, stride

    def shape(self, given: Shape) -> Shape:
        return (given[0], self.c2, *(-(-size // self.stride) for size in given[2:]))


class Sequential(Layer):
    """Layers that are run in turn."""

    def __init__(self, *items: Layer) -> None:
        self.items = {str(index): item for index, item in enumerate(items)}

    def __getitem__(self, index: int) -> Layer:
        return self.items[str(index)]

    def run(self, x: Map) -> Map:
        x.tape.within.append(self.path)
        for item in self.items.values():
            x = item(x)
        x.tape.within.pop()
        return x


def host_view(text: str, *runs: tuple[Mapping[str, int], Shape]) -> HostView:
    """A host, built and run once with each of these arguments and shapes of its input."""
    source = analyse(text, text.partition("class ")[2].partition(":")[0])
    seen = [_run(source, args, shape) for args, shape in runs]
    observed = tuple(
        Run({key: str(one) for key, one in args.items()}, (shape,), _made(flow))
        for (args, shape), (_, flow) in zip(runs, seen, strict=True)
    )
    return HostView(
        file=ModuleSource("host.py", source.name, text, Path("host.py")),
        source=source,
        observation=Observation(
            "test", observed, {}, infer(observed, (" ".join("bchwd"[: len(runs[0][1])]),))
        ),
        flows=tuple(flow for _, flow in seen),
        scopes=tuple(tape.scopes for tape, _ in seen),
        attributes=frozenset({"training"}),
    )


def _run(source: HostClass, args: Mapping[str, int], shape: Shape) -> tuple[Tape, Flow]:
    tape = Tape()
    kinds = {"Conv": Conv, "Act": Act, "Sequential": Sequential, "cat": cat}
    namespace = {**kinds, VALUE_PROBE: tape.note_value, SCOPE_PROBE: tape.note_scope}
    exec(source.traced_text, namespace)
    host = namespace[source.name](**args)  # type: ignore[operator]
    layers = dict(_named(vars(host)))
    given = Map(tape, shape)
    start = given.value
    made = host.forward(given)
    outputs = made if isinstance(made, tuple) else (made,)
    return tape, Flow(
        inputs=(start,),
        outputs=tuple(one.value for one in outputs),
        packed="sequence" if isinstance(made, tuple) else "alone",
        shapes=tuple(tape.shapes),
        modules={path: _described(one) for path, one in layers.items()},
        origins={},
        built={},
        widths={},
        constants={},
        expressions=tuple(tape.expressions),
        nodes=tuple(tape.nodes),
    )


def _named(held: Mapping[str, object], within: str = "") -> Iterator[tuple[str, Layer]]:
    for name, one in held.items():
        if isinstance(one, Layer):
            one.path = within + name
            yield one.path, one
            yield from _named(one.items, f"{one.path}.")


def _described(layer: Layer) -> Submodule:
    return Submodule(
        cls=type(layer).__name__,
        sequential=isinstance(layer, Sequential),
        children=tuple(layer.items),
        convolution=layer.convolution,
        work=sum(_described(one).work for one in layer.items.values()) + layer.convolution,
    )


def _made(flow: Flow) -> tuple[Shape, ...]:
    return tuple(flow.shapes[value] for value in flow.outputs)
