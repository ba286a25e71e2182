"""The jobs of the worker: each is one function from a payload to a result, both plain JSON.

A job runs in a process of its own. What it emits on the way reaches the parent at once.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from fusion_cli.model import wire
from fusion_cli.model.basics import JSON, Arguments, Emit, arguments_text
from fusion_cli.model.errors import MissingDevice, NoModule
from fusion_cli.model.observation import Observation, Run
from fusion_cli.model.probes import SCOPE_PROBE, VALUE_PROBE
from fusion_cli.runtime.load import load
from fusion_cli.runtime.observe.attempt import constructor_parameters
from fusion_cli.runtime.observe.search import observe
from fusion_cli.runtime.subject import Subject, in_mode
from fusion_cli.runtime.trace.origins import Constructions, origins
from fusion_cli.runtime.trace.recorder import Recorder, Scopes, widths
from fusion_cli.runtime.trace.sides import Truth, Truths, arguments_with

JOBS = {
    "observe": "fusion_cli.runtime.jobs:observe_module",
    "trace": "fusion_cli.runtime.jobs:trace_host",
    "constructions": "fusion_cli.runtime.jobs:constructions",
    "verify": "fusion_cli.runtime.jobs:verify",
    "alike": "fusion_cli.runtime.alike:alike",
    "placed": "fusion_cli.runtime.placed:placed",
}


def observe_module(payload: JSON, emit: Emit) -> JSON:
    """Find constructor arguments of a class and observe its contract.

    Emitted is what is tried, by the check that is about such: `{"at", "args", "torch"}`.
    """

    def on_try(check: str, args: Arguments) -> None:
        emit({"at": check, "args": args, "torch": torch.__version__})

    on_try("imports", {})
    cls, namespace = _load_class(payload["source"])
    return {"observation": wire.from_observation(_observe(cls, namespace, payload, on_try))}


def trace_host(payload: JSON, emit: Emit) -> JSON:
    """Observe a host, then run its probed copy in every configuration that was observed."""
    cls, namespace = _load_class(payload["source"])
    observation = _observe(cls, namespace, payload)
    source = {**payload["source"], "text": payload["traced_text"]}
    probed, probed_names = _load_class(source)
    subject = Subject(probed, probed_names, observation, payload["source"]["text"], source["path"])
    attributes: set[str] = set()
    truths: list[Truth] = []
    if payload["condition"] is not None:
        truth = _truth_of(payload["condition"], subject, probed_names)
        observation = _on_both_sides(cls, namespace, payload, subject, truth)
        subject = replace(subject, observation=observation)
        truths = [truth(run.args) for run in observation.runs]
    scopes = Scopes({int(k): v for k, v in payload["candidates"].items()}, probed_names)
    probed_names[SCOPE_PROBE] = scopes.probe
    records, seen = [], []
    for run in observation.runs:
        module, built = _noted_build(subject, run, probed_names)
        seen.append(scopes.of(module))
        attributes |= set(dir(module))
        record = _trace(module, subject, run, probed_names)
        found = {"origins": origins(module, probed_names), "widths": widths(module)}
        records.append({**record, **found, "built": built})
    return {
        "observation": wire.from_observation(observation),
        "signature": f"{cls.__name__}{_signature(cls)}",
        "conditions": truths,
        "accepted": sorted(constructor_parameters(cls)),
        "records": records,
        "scopes": seen,
        "attributes": sorted(attributes),
    }


def constructions(payload: JSON, emit: Emit) -> JSON:
    """With which arguments the host builds one of its submodules."""
    cls, namespace = _load_class(payload["source"])
    observation = wire.to_observation(payload["observation"])
    subject = Subject(cls, namespace, observation, "", payload["source"]["path"])
    notes = Constructions({type(subject.build().get_submodule(payload["path"]))})
    with notes.watched():
        module = subject.build()
    return {"args": notes.of(module.get_submodule(payload["path"]))}


def _on_both_sides(
    cls: type[nn.Module],
    namespace: dict[str, Any],
    payload: JSON,
    subject: Subject,
    truth: Callable[[Arguments], Truth],
) -> Observation:
    """The observation around a base run in which the condition holds, with one where it does not.

    The base run stays as it is where the user chose its arguments, or no others were found.
    """
    condition, observation = payload["condition"], subject.observation
    held = arguments_with(True, observation, subject, condition, truth)
    if held is not None and held is not observation.base and payload["given"] is None:
        given = arguments_text(held.args)
        around = _observe(cls, namespace, {**payload, "given": given})
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
    payload: JSON,
    on_try: Callable[[str, Arguments], None] = lambda check, args: None,
) -> Observation:
    evidence = wire.to_evidence(payload["evidence"])
    given, option = payload["given"], payload["option"]
    return observe(cls, namespace, evidence, given, option, on_try=on_try)


def _load_class(source: JSON) -> tuple[type[nn.Module], dict[str, Any]]:
    """The class and the globals of its file.

    Raises:
        NoModule: the name is not bound to an `nn.Module` class once the file has run.
    """
    namespace = load(source["text"], source["path"], source["module"], source.get("folder"))
    cls = namespace.get(source["name"])
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise NoModule(
            f"{source['name']} in {source['path']} is no nn.Module",
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
    parts = [(path, one) for path, one in module.named_modules() if id(one) in notes]
    return module, {path: notes[id(one)][0] for path, one in parts}


def _trace(module: nn.Module, subject: Subject, run: Run, namespace: dict[str, Any]) -> JSON:
    recorder = Recorder(module)
    namespace[VALUE_PROBE] = recorder.value
    return recorder.run(subject.inputs(run))


def verify(payload: JSON, emit: Emit) -> JSON:
    """Run checks on a class, alone or against the host that it was fused from."""
    from fusion_cli.runtime.battery.context import Context
    from fusion_cli.runtime.battery.registry import run_checks

    device = _device(payload["device"], payload["require_cuda"])
    emit({"device": str(device), "torch": torch.__version__})
    subject = subject_of(payload["source"], payload["observation"], device)
    host = payload.get("host")
    context = Context(
        subject,
        subject_of(host, payload["observation"], device) if host else None,
        wire.to_facts(payload["facts"]) if host else None,
        frozenset(payload["supplied"]),
        payload.get("written", False),
    )
    run_checks(context, payload["checks"], emit)
    return {"cost": _costs(context) if payload["cost"] else {}}


def _costs(context: Any) -> JSON:
    """What the classes cost; nothing of one that does not run on a batch of 1."""
    from fusion_cli.runtime.battery.cost import cost

    if context.broken:
        return {}
    named = {"fused": context.subject, "host": context.host}
    if context.host is None:
        named = {"module": context.subject}
    costs = {}
    for name, subject in named.items():
        with contextlib.suppress(Exception):
            found = cost(subject)
            costs[name] = {"params": found.params, "flops": found.flops}
    return costs


def subject_of(source: JSON, observation: JSON, device: torch.device) -> Subject:
    cls, namespace = _load_class(source)
    return Subject(
        cls, namespace, wire.to_observation(observation), source["text"], source["path"], device
    )


def _device(wanted: str, demanded: bool) -> torch.device:
    """The device of the smoke test.

    Raises:
        MissingDevice: CUDA was asked for and is not there.
    """
    if wanted == "cpu":
        return torch.device("cpu")
    found = torch.cuda.is_available()
    if not found and (demanded or wanted != "auto"):
        raise MissingDevice(
            "CUDA was demanded and there is none here",
            "run on a machine with a GPU, or leave out --device and --require-cuda",
        )
    if not found:
        return torch.device("cpu")
    device = torch.device("cuda" if wanted == "auto" else wanted)
    if (device.index or 0) >= torch.cuda.device_count():
        raise MissingDevice(f"there is no {device} here", "see `nvidia-smi` for those that are")
    return device
