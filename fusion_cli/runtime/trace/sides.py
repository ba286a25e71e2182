"""A condition over a constructor: whether it holds, and runs on both sides of it."""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from fusion_cli.model.basics import Arguments
from fusion_cli.model.jobs import Truth
from fusion_cli.model.observation import Observation, Run
from fusion_cli.runtime.battery.context import tensors
from fusion_cli.runtime.global_state import seeded
from fusion_cli.runtime.observe.attempt import UNSET, constructor_parameters
from fusion_cli.runtime.observe.work import weights_of
from fusion_cli.runtime.subject import Subject, in_mode

MOST_BUILDS = 60
MOST_WEIGHTS = 2**30  # of all that is built


class Truths:
    """Evaluates one condition in the scope of each statement of `__init__`."""

    def __init__(self, condition: str, namespace: dict[str, Any]) -> None:
        self._code = compile(condition.strip(), "<condition>", "eval")
        self._namespace = namespace
        self._seen: dict[int, dict[int, bool | str]] = {}

    def probe(self, number: int, scope: Mapping[str, Any]) -> None:
        """Called before statement `number` runs, with its local names."""
        found = self._seen.setdefault(id(scope.get("self")), {})
        if number not in found:
            try:
                found[number] = bool(eval(self._code, {**self._namespace, **scope}))
            except Exception as error:
                found[number] = f"{type(error).__name__}: {error}"

    def during(self, build: Callable[[], nn.Module]) -> Truth:
        """What is found while a module is built."""
        self._seen.clear()  # a build that failed leaves an identity that is used again
        return self._seen.get(id(build()), {})


def arguments_with(
    side: bool,
    observation: Observation,
    subject: Subject,
    condition: str,
    truth: Callable[[Arguments], Truth],
) -> Run | None:
    """A run in which a condition holds (or does not), of those observed or else near the base run."""
    sides = [(run, _side(truth(run.args))) for run in observation.runs]
    if all(found is None for _, found in sides):
        return None  # it raises: the user is told so where the place of the flag is known
    known = next((run for run, found in sides if found is side), None)
    return known or _found(observation, subject, condition, truth, side)


def _side(truth: Truth) -> bool | None:
    """What the condition was at the end of the constructor; None where it could not be evaluated."""
    last = next(reversed([*truth.values()]), None)
    return last if isinstance(last, bool) else None


def _found(
    observation: Observation,
    subject: Subject,
    condition: str,
    truth: Callable[[Arguments], Truth],
    side: bool,
) -> Run | None:
    """A run in which the condition is `side`, near the base run."""
    builds = min(MOST_BUILDS, MOST_WEIGHTS // (weights_of(subject.build()) + 1))
    for changes in itertools.islice(_changes(observation, subject, condition), builds):
        run = _changed(observation, subject, changes)
        try:
            if _side(truth(run.args)) is side:
                module = in_mode(subject.build(run.args), training=False)
                with torch.no_grad(), seeded(0):
                    outputs = tensors(module(*subject.inputs(run)))
                return replace(run, outputs=tuple(tuple(output.shape) for output in outputs))
        except (Exception, SystemExit):  # arguments that the class refuses
            continue
    return None


def _changes(
    observation: Observation, subject: Subject, condition: str
) -> Iterator[dict[str, object]]:
    """Other values of the parameters that the condition names; alone, then two together.

    Where it reads more than parameters, any parameter may decide what the rest is.
    """
    parameters = constructor_parameters(subject.cls)
    tree = ast.parse(condition.strip(), mode="eval")
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    values = _values(observation.base.args, subject, parameters)
    named = [name for name in values if name in read]
    if read - set(named):
        named += [name for name in values if name not in named]
    equals = [values[name] for name in named]
    single = {name: _others(values[name], [*constants, *equals]) for name in named}
    for name, others in single.items():
        for value in others:
            yield {name: value}
            same = [
                value for value in values if value != name and _same(values[value], values[name])
            ]
            if type(value) is int and same:
                yield {name: value, **dict.fromkeys(same, value)}
    for first, other in itertools.combinations(named, 2):
        for pair in itertools.product(single[first], single[other]):
            yield dict(zip((first, other), pair, strict=True))


def _values(
    args: Arguments, subject: Subject, parameters: Mapping[str, inspect.Parameter]
) -> dict[str, object]:
    """What each parameter holds in the base run, where that can be told."""
    found: dict[str, object] = {}
    defaults = _defaults(subject.cls)
    for name in parameters:
        if name in args:
            found[name] = eval(args[name], dict(subject.namespace))
        elif isinstance(defaults.get(name, UNSET), bool | int | float | str | tuple | None):
            found[name] = defaults[name]
    return found


def _defaults(cls: type[nn.Module]) -> dict[str, object]:
    """The defaults of the constructor, and of the bases' constructors that it may hand them on to."""
    found: dict[str, object] = {}
    for base in cls.__mro__[: cls.__mro__.index(nn.Module)]:
        if "__init__" in vars(base):
            parameters = inspect.signature(vars(base)["__init__"]).parameters
            found = {name: parameter.default for name, parameter in parameters.items()} | found
    return found


def _same(value: object, other: object) -> bool:
    return type(value) is int and type(other) is int and value == other


def _others(value: object, hints: Sequence[object]) -> list[object]:
    """Values of the same kind, those that the condition speaks of and their neighbours first."""
    kind = type(value)
    told = [hint for hint in hints if type(hint) is kind or value is None]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        near = [number + step for number in told if isinstance(number, int) for step in (0, 1, -1)]
        told = [*near, 2 * value, value // 2, value + 1]
    elif isinstance(value, float):
        told = [*told, value / 2, 2 * value]
    return [one for one in dict.fromkeys(told) if one != value]


def _changed(observation: Observation, subject: Subject, changes: Mapping[str, object]) -> Run:
    """The base run with other arguments, fed the channels that they ask for."""
    base = observation.base
    name = observation.roles.get("in", "")
    old = base.args.get(name, "")
    new = changes.get(name)
    inputs = base.inputs
    if old.isdecimal() and type(new) is int:
        inputs = tuple(
            tuple(
                length * new // int(old) if axis.startswith("c") else length
                for axis, length in zip(axes, shape, strict=False)
            )
            for axes, shape in zip(subject.axes(), base.inputs, strict=True)
        )
    return Run({**base.args, **{one: repr(value) for one, value in changes.items()}}, inputs, ())
