"""A host and a donor as they were seen: the source, and what every run of it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from fusion_cli.model.basics import Arguments
from fusion_cli.model.flow import Flow
from fusion_cli.model.jobs import Scope, Truth
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.sources import ModuleSource, Parameter
from fusion_cli.study.analyse import HostClass
from fusion_cli.study.held import enumerations
from fusion_cli.syntax.tree import code, looped


@dataclass(frozen=True, eq=False)
class HostView:
    """A host as source and as it ran: one flow and one set of scopes for each run.

    `file` is the host's file, in which its class holds the methods that it inherits; `attributes` are the names that an instance has, those of `nn.Module` among them.
    """

    file: ModuleSource
    source: HostClass
    observation: Observation
    flows: tuple[Flow, ...]
    scopes: tuple[Scope, ...]
    attributes: frozenset[str]
    conditions: tuple[Truth, ...] = ()  # `--when` at each statement, or its error
    accepted: frozenset[str] = frozenset()  # what its constructor and those of its bases take
    further: tuple[
        Run, ...
    ] = ()  # traced only: what is proven holds in them, no check repeats them

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, as many as there are flows."""
        return (*self.observation.runs, *self.further)

    @cached_property
    def called(self) -> dict[int, set[str | None]]:
        """For every call expression that ran, the submodules it called (None: something else)."""
        found: dict[int, set[str | None]] = {}
        for flow in self.flows:
            for number, value, time in flow.expressions:
                if number in self.source.functions:
                    node = flow.called_by(time)
                    named = node is not None and node.kind == "module" and value in node.outputs
                    found.setdefault(number, set()).add(node.name if node and named else None)
        return found

    def direct_calls(self, path: str) -> list[cst.Call]:
        """The calls in the source that call this submodule and no other, also those that never ran.

        There are none if something else calls it too, as a method does that is handed the submodule.
        """
        functions = self.source.functions
        if any(path in paths and paths != {path} for paths in self.called.values()):
            return []
        written = {functions[number] for number, paths in self.called.items() if paths == {path}}
        return [
            cst.ensure_type(self.source.expressions[number], cst.Call)
            for number, function in functions.items()
            if function in written
            and self.called.get(number, {path}) == {path}
            and not self._in_turn(self.source.expressions[number])
        ]

    def spelled(self, path: str) -> str:
        """What stands behind `self.` for a submodule: `layers[1]`, `ops["a"]`, `stem.conv`."""
        parent, _, name = path.rpartition(".")
        if not parent:
            return name
        holders = [flow.modules[parent].cls for flow in self.flows if parent in flow.modules]
        if "ModuleDict" in holders:
            return f'{self.spelled(parent)}["{name}"]'
        return self.spelled(parent) + (f"[{name}]" if name.isdigit() else f".{name}")

    def _in_turn(self, call: cst.BaseExpression) -> bool:
        """Whether a loop says what a call calls: one submodule in these runs, more in others."""
        function = cst.ensure_type(call, cst.Call).func
        while isinstance(function, cst.Attribute | cst.Subscript):
            function = function.value
        return code(function) in looped(call, self.source.parents)

    @cached_property
    def enumerations(self) -> list[cst.BaseExpression]:
        """The expressions that give all that the host holds, where it runs what it holds in turn."""
        return enumerations(self.source, "__iter__" in self.attributes)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every submodule that some run called, in order of its first call."""
        order = [
            node.name
            for flow in self.flows
            for node in sorted(flow.nodes, key=lambda node: node.begin)
            if node.kind == "module"
        ]
        return tuple(dict.fromkeys(order))

    @cached_property
    def landmarks(self) -> frozenset[str]:
        """The submodules that are called once in every run."""
        counts = [
            Counter(node.name for node in flow.nodes if node.kind == "module")
            for flow in self.flows
        ]
        return frozenset(path for path in self.paths if all(count[path] == 1 for count in counts))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters and buffers that the host itself holds, not a submodule."""
        names = [name for flow in self.flows for name in flow.constants.values()]
        return tuple(dict.fromkeys(name for name in names if "." not in name))

    @cached_property
    def addressable(self) -> tuple[str, ...]:
        """The submodules whose call the host's own source holds."""
        return tuple(path for path in self.paths if self.address(path) is not None)

    def address(self, path: str) -> Address | None:
        """How the host's source reaches a submodule, or None where it gives no handle."""
        if self.direct_calls(path):
            return Address(path)
        parent, _, name = path.rpartition(".")
        if not parent or not all(
            flow.modules[parent].sequential for flow in self.flows if parent in flow.modules
        ):
            return None
        outer = self.address(parent)
        lengths = [flow.modules[parent].children for flow in self.flows if parent in flow.modules]
        indices = {length.index(name) for length in lengths if name in length}
        if outer is None or len(indices) != 1:
            return None
        index = indices.pop()
        last = all(len(length) == index + 1 for length in lengths)
        return Address(outer.root, (*outer.steps, Step(index, last, name)))


@dataclass(frozen=True)
class Step:
    """One item of an `nn.Sequential`; `last` says that nothing follows it in any run."""

    index: int
    last: bool
    name: str


@dataclass(frozen=True)
class Address:
    """A submodule that the host calls itself (`root`), or an item within one."""

    root: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class DonorView:
    """A donor as source and as it ran. `given` are the arguments that the user chose."""

    source: ModuleSource
    observation: Observation
    parameters: tuple[Parameter, ...]
    given: Arguments
