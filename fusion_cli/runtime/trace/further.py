"""Trace a host in further configurations, by shapes alone: what is proven must hold in them too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch

from fusion_cli.model.basics import Arguments, Shape
from fusion_cli.model.flow import Flow
from fusion_cli.model.jobs import Scope
from fusion_cli.model.observation import Run
from fusion_cli.runtime.observe.attempt import Probe
from fusion_cli.runtime.observe.configurations import Configurations
from fusion_cli.runtime.observe.feed import widths_in
from fusion_cli.runtime.observe.work import weights_of
from fusion_cli.runtime.subject import Subject

MOST_RUNS = 40  # that tell something new
MOST_NODES = 6000  # calls and operators of all of them: a block has 10, a ResNet-50 of timm 400
MOST_WEIGHTS = 2**21  # of a host that is run on the CPU
_MENDS = 2  # widths of the input tried where the arguments may want another

_CPU, _META = torch.device("cpu"), torch.device("meta")
_WIDTH_ERROR = re.compile("channels|multiplied|normalized_shape|reduction dim")


@dataclass(frozen=True)
class Record:
    """What one run did, and what the candidate expressions gave in its constructor."""

    flow: Flow
    scope: Scope


@dataclass
class Further:
    """Runs beside those that were observed, each of them with what it did.

    Those of a large host are made on torch's meta device, which computes shapes and no numbers. It takes
    a second to come up, and not every host runs there.
    """

    subject: Subject
    probe: Probe
    record: Callable[[Run, torch.device], Record]  # builds and runs the host on a device
    runs: list[Run] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _nodes: int = 0
    _known: set[str] = field(default_factory=set)
    _device: torch.device = _CPU

    def trace(self, calls: Sequence[Arguments], known: Sequence[Record]) -> Further:
        """Trace the host with the arguments of these calls, and with others."""
        if "*" in self.subject.observation.base.args:
            return self
        base = self.subject.observation.base
        self._known = {_told(one) for one in known}
        if self._is_large and isinstance(self._attempt(base, _META), Record):
            self._device = _META
        for call in calls:
            self._try(call)
        found = Configurations(
            self.probe,
            base.args,
            [run.args for run in self.subject.observation.runs[1:]],
            lambda changes: self._try({**base.args, **changes}),
        ).explore()
        if found.stuck:
            named = ", ".join(f"`{one}`" for one in found.stuck)
            self.notes.append(f"{self.subject.cls.__name__} ran with no other value of {named}")
        return self

    def _try(self, args: Arguments) -> bool:
        """Whether the host runs with these arguments, fed the channels that they ask for."""
        if self._nodes > MOST_NODES or len(self.runs) >= MOST_RUNS:
            return False
        fed = self._fed(args)
        result = self._attempt(Run(args, fed, ()))
        for width in _mends(result, fed):
            if isinstance(result, Record):
                break
            fed = _widened(self.subject, width, self._width)
            result = self._attempt(Run(args, fed, ()))
        if not isinstance(result, Record):
            return False
        self._keep(Run(args, fed, _outputs(result)), result)
        return True

    def _fed(self, args: Arguments) -> tuple[Shape, ...]:
        """The base run's inputs with the channels that the arguments ask for."""
        base, name = self.subject.observation.base, self.subject.observation.roles.get("in", "")
        if name not in self.probe.parameters:
            return base.inputs
        old, new = self.probe.value(base.args, name), self.probe.value(args, name)
        if type(old) is not int or type(new) is not int or not old:
            return base.inputs
        return _widened(self.subject, new, old)

    @property
    def _width(self) -> int:
        """The channels of the base run's first input."""
        axes, shape = self.subject.axes()[0], self.subject.observation.base.inputs[0]
        names = _channels(axes)
        return next((n for name, n in zip(axes, shape, strict=False) if name in names), 1)

    def _keep(self, run: Run, record: Record) -> None:
        told = _told(record)
        self._nodes += len(record.flow.nodes)
        if told not in self._known:
            self._known.add(told)
            self.runs.append(run)
            self.records.append(record)

    @property
    def _is_large(self) -> bool:
        return weights_of(self.subject.build()) > MOST_WEIGHTS

    def _attempt(self, run: Run, device: torch.device | None = None) -> Record | BaseException:
        try:
            return self.record(run, device or self._device)
        except (Exception, SystemExit) as error:
            return error


def _outputs(record: Record) -> tuple[Shape, ...]:
    return tuple(record.flow.shapes[output] for output in record.flow.outputs)


def _told(record: Record) -> str:
    """What a record says of channels and of the way of the data."""
    flow = record.flow
    nodes = [(node.name, node.inputs, node.outputs) for node in flow.nodes]
    return repr((flow.shapes, nodes, record.scope, flow.widths))


def _mends(result: Record | BaseException, fed: Sequence[Shape]) -> Iterator[int]:
    """The widths that an error asks for."""
    if isinstance(result, BaseException) and _WIDTH_ERROR.search(str(result)) and len(fed[0]) > 1:
        yield from widths_in(str(result), fed[0][1])[:_MENDS]


def _widened(subject: Subject, new: int, old: int) -> tuple[Shape, ...]:
    """The base run's inputs with their channels in proportion."""
    return tuple(
        tuple(
            length * new // old if name in _channels(axes) else length
            for name, length in zip(axes, shape, strict=False)
        )
        for axes, shape in zip(subject.axes(), subject.observation.base.inputs, strict=True)
    )


def _channels(axes: Sequence[str]) -> list[str]:
    """The axes of channels; a number is one where no other is, since nothing has changed it yet."""
    named = [name for name in axes if name.startswith("c")]
    return named or [name for name in axes if name.isdigit()][:1]
