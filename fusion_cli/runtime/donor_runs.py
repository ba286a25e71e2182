"""How classes are built and fed inside another: the arguments and shapes of their first instances."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.model.basics import Arguments
from fusion_cli.model.jobs import Emit, PlacedRuns, ToPlace
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import call, tensors
from fusion_cli.runtime.jobs import subject_of
from fusion_cli.runtime.subject import Subject, in_mode
from fusion_cli.runtime.trace.constructions import Constructions


def donor_runs(question: ToPlace, emit: Emit[None]) -> PlacedRuns:
    """The runs of some classes in the base run of a written class.

    A class whose arguments cannot be written down, or that was not called, has none; one that raised
    has no outputs.
    """
    subject = subject_of(question.whole)
    runs: dict[str, Run] = {}
    with contextlib.suppress(Exception):
        runs = _runs(subject, question.classes)
    return PlacedRuns(tuple(map(runs.get, question.classes)))


def _runs(subject: Subject, names: Sequence[str]) -> dict[str, Run]:
    classes = {name: subject.namespace[name] for name in names if name in subject.namespace}
    notes = Constructions(set(classes.values()))
    with notes.watched():
        module = in_mode(subject.build(), training=False)
    found: dict[str, Run] = {}
    for name, cls in classes.items():
        first = next((part for part in module.modules() if type(part) is cls), None)
        if first is not None and (args := notes.of(first)) is not None:
            first.register_forward_pre_hook(partial(_fed, found, name, args))
            first.register_forward_hook(partial(_made, found, name))
    with torch.no_grad(), contextlib.suppress(Exception):
        call(module, subject.inputs())
    return found


def _fed(
    found: dict[str, Run], name: str, args: Arguments, module: nn.Module, given: tuple[Any, ...]
) -> None:
    values = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    shapes = tuple(tuple(value.shape) if isinstance(value, Tensor) else () for value in values)
    found.setdefault(name, Run(args, shapes, ()))


def _made(
    found: dict[str, Run], name: str, module: nn.Module, given: tuple[Any, ...], made: Any
) -> None:
    if not found[name].outputs:
        shapes = tuple(tuple(tensor.shape) for tensor in tensors(made))
        found[name] = replace(found[name], outputs=shapes)
