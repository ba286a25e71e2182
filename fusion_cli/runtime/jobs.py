"""The jobs of the worker: each is one function of a question, see `model.jobs`.

A job runs in a process of its own. What it emits on the way reaches the parent at once.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from fusion_cli.model.basics import Arguments, arguments_text
from fusion_cli.model.errors import MissingDevice, NoModule
from fusion_cli.model.jobs import (
    Attempt,
    CheckBegun,
    Construction,
    Costs,
    Emit,
    Machine,
    Observed,
    PartOf,
    SlowForward,
    ToObserve,
    ToTrace,
    ToVerify,
    Traced,
    Truth,
)
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.probes import SCOPE_PROBE, VALUE_PROBE
from fusion_cli.model.report import CheckResult, Cost
from fusion_cli.model.sources import Loadable
from fusion_cli.runtime.load import load
from fusion_cli.runtime.observe.attempt import Probe, constructor_parameters
from fusion_cli.runtime.observe.package import calls_around, packaged
from fusion_cli.runtime.observe.search import observe
from fusion_cli.runtime.subject import Subject, in_mode
from fusion_cli.runtime.trace.constructions import Constructions
from fusion_cli.runtime.trace.further import Further, Record
from fusion_cli.runtime.trace.origins import origins
from fusion_cli.runtime.trace.recorder import Recorder, Scopes
from fusion_cli.runtime.trace.sides import Truths, arguments_with

if TYPE_CHECKING:
    from fusion_cli.runtime.battery.context import Context

CPU = torch.device("cpu")


def observe_class(question: ToObserve, emit: Emit[Attempt]) -> Observation:
    """Find constructor arguments of a class and observe its contract."""

    def on_try(check: str, args: Arguments) -> None:
        emit(Attempt(check, args, str(torch.__version__)))

    on_try("imports", {})
    cls, namespace = _load_class(question.source)
    return _observe(cls, namespace, question, on_try)


def trace(question: ToTrace, emit: Emit[None]) -> Traced:
    """Observe a host, then run its probed copy in every configuration that was observed."""
    source = question.host.source
    cls, namespace = _load_class(source)
    observation = _observe(cls, namespace, question.host)
    probed, probed_names = _load_class(replace(source, text=question.traced_text))
    subject = Subject(probed, probed_names, observation, source.text, source.path)
    truths: list[Truth] = []
    if question.condition is not None:
        truth = _truth_of(question.condition, subject, probed_names)
        observation = _on_both_sides(cls, namespace, question, subject, truth)
        subject = replace(subject, observation=observation)
    scopes = Scopes(question.candidates, probed_names)
    attributes: set[str] = set()

    def record(run: Run, device: torch.device = CPU) -> Record:
        probed_names[SCOPE_PROBE] = scopes.probe
        with contextlib.nullcontext() if device == CPU else device, torch.no_grad():
            module, built = _noted_build(subject, run, probed_names)
            scope = scopes.of(module)
            attributes.update(dir(module))
            recorder = Recorder(module)
            probed_names[VALUE_PROBE] = recorder.value
            inputs = [_here(input) for input in subject.inputs(run)]
            return Record(recorder.run(inputs, built, origins(module, probed_names)), scope)

    records = [record(run) for run in observation.runs]
    calls = [args for _, args in question.host.evidence.calls]
    calls += calls_around(*packaged(cls, namespace, source.module))
    further = Further(subject, Probe(cls, namespace), record).trace(calls, records)
    observation = replace(observation, notes=(*observation.notes, *further.notes))
    records += further.records
    if question.condition is not None:
        truths = [truth(run.args) for run in (*observation.runs, *further.runs)]
    return Traced(
        observation=observation,
        signature=f"{cls.__name__}{_signature(cls)}",
        accepted=frozenset(constructor_parameters(cls)),
        attributes=frozenset(attributes),
        flows=tuple(record.flow for record in records),
        scopes=tuple(record.scope for record in records),
        conditions=tuple(truths),
        further=tuple(further.runs),
    )


def construction(question: PartOf, emit: Emit[None]) -> Construction:
    """With which arguments a class builds one of its submodules."""
    subject = subject_of(question.whole)
    notes = Constructions({type(subject.build().get_submodule(question.path))})
    with notes.watched():
        module = subject.build()
    return Construction(notes.of(module.get_submodule(question.path)))


def _on_both_sides(
    cls: type[nn.Module],
    namespace: dict[str, Any],
    question: ToTrace,
    subject: Subject,
    truth: Callable[[Arguments], Truth],
) -> Observation:
    """The observation around a base run in which the condition holds, with one where it does not.

    The base run stays as it is where the user chose its arguments, or no others were found.
    """
    condition, observation = question.condition, subject.observation
    assert condition is not None
    held = arguments_with(True, observation, subject, condition, truth)
    if held is not None and held is not observation.base and question.host.given is None:
        given = arguments_text(held.args)
        around = _observe(cls, namespace, replace(question.host, given=given))
        observation = replace(around, source=f"{observation.source}, so that `{condition}` holds")
        subject = replace(subject, observation=observation)
    other = arguments_with(False, observation, subject, condition, truth)
    if other is None or other in observation.runs:
        return observation
    return replace(observation, runs=(*observation.runs, other))


def _truth_of(
    condition: str, subject: Subject, namespace: dict[str, Any]
) -> Callable[[Arguments], Truth]:
    """How a condition turns out along the constructor, for given arguments."""
    truths = Truths(condition, namespace)

    def truth(args: Arguments) -> Truth:
        namespace[SCOPE_PROBE] = truths.probe
        return truths.during(lambda: _noted_build(subject, Run(args, (), ()), namespace)[0])

    return truth


def _observe(
    cls: type[nn.Module],
    namespace: dict[str, Any],
    asked: ToObserve,
    on_try: Callable[[str, Arguments], None] = lambda check, args: None,
) -> Observation:
    return observe(cls, namespace, asked.evidence, asked.given, asked.option, on_try=on_try)


def _load_class(source: Loadable) -> tuple[type[nn.Module], dict[str, Any]]:
    """The class and the globals of its file.

    Raises:
        NoModule: the name is not bound to an `nn.Module` class once the file has run.
    """
    namespace = load(source.text, source.path, source.module, source.folder)
    cls = namespace.get(source.name)
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise NoModule(
            f"{source.name} in {source.path} is no nn.Module",
            "name a class that inherits from torch.nn.Module",
        )
    return cls, namespace


def _signature(cls: type) -> str:
    try:
        return str(inspect.signature(cls))
    except (TypeError, ValueError):
        return "(…)"


def _noted_build(
    subject: Subject, run: Run, namespace: dict[str, Any]
) -> tuple[nn.Module, dict[str, int]]:
    """The probed class, built, and by path the number of the call that gave each part first."""
    notes: dict[int, tuple[int, object]] = {}  # with the parts, so that no identity is used again

    def note(number: int, value: object) -> object:
        if isinstance(value, nn.Module):
            notes.setdefault(id(value), (number, value))
        return value

    namespace[VALUE_PROBE] = note
    module = in_mode(subject.build(run.args), training=False)
    parts = [(path, part) for path, part in module.named_modules() if id(part) in notes]
    return module, {path: notes[id(part)][0] for path, part in parts}


def _here(value: Any) -> Any:
    """An input on the device where things are built now."""
    return value.to(torch.get_default_device()) if isinstance(value, torch.Tensor) else value


def verify(
    question: ToVerify, emit: Emit[Machine | CheckBegun | CheckResult | SlowForward]
) -> Costs:
    """Run checks on a class, alone or against the host that it was fused from."""
    from fusion_cli.runtime.battery.registry import run_checks

    device = _device(question.device, question.demand_cuda)
    emit(Machine(str(device), str(torch.__version__)))
    context = context_of(question, device)
    run_checks(context, question.checks, emit)
    return Costs({} if context.broken else _costs(context.subject, context.host))


def context_of(question: ToVerify, device: torch.device = CPU) -> Context:
    """What the checks are given."""
    from fusion_cli.runtime.battery.context import Context

    subject, fused = question.subject, question.fused
    host = subject_of(replace(subject, source=fused.host), device) if fused else None
    facts = fused.facts if fused else None
    taken = _without(facts.dropped, subject.observation) if facts else subject.observation
    made = subject_of(replace(subject, observation=taken), device)
    return Context(made, host, facts, question.supplied, question.written)


def _without(dropped: Collection[str], seen: Observation) -> Observation:
    """A host's observation for a class that does not take these of its arguments."""
    if not dropped:
        return seen
    runs = tuple(
        replace(run, args={name: text for name, text in run.args.items() if name not in dropped})
        for run in seen.runs
    )
    roles = {role: name for role, name in seen.roles.items() if name not in dropped}
    return replace(seen, runs=runs, roles=roles)


def _costs(subject: Subject, host: Subject | None) -> dict[str, Cost]:
    """What the classes cost; nothing of one that does not run on a batch of 1."""
    from fusion_cli.runtime.battery.cost import cost

    parts = {"fused": subject, "host": host} if host else {"module": subject}
    costs = {}
    for name, part in parts.items():
        with contextlib.suppress(Exception):
            costs[name] = cost(part)
    return costs


def subject_of(seen: Observed, device: torch.device = CPU) -> Subject:
    """A class, loaded."""
    cls, namespace = _load_class(seen.source)
    return Subject(cls, namespace, seen.observation, seen.source.text, seen.source.path, device)


def _device(wanted: str, demanded: bool) -> torch.device:
    """The device of the smoke test.

    Raises:
        MissingDevice: CUDA was asked for and is not there.
    """
    if wanted == "cpu":
        return CPU
    found = torch.cuda.is_available()
    if not found and (demanded or wanted != "auto"):
        raise MissingDevice(
            "CUDA was demanded and there is none here",
            "run on a machine with a GPU, or leave out --device and --require-cuda",
        )
    if not found:
        return CPU
    device = torch.device("cuda" if wanted == "auto" else wanted)
    if (device.index or 0) >= torch.cuda.device_count():
        raise MissingDevice(f"there is no {device} here", "see `nvidia-smi` for those that are")
    return device
