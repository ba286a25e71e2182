"""`pure`: neither the constructor nor forward changes its input or the state of the process."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from fusion_cli.runtime.battery.checks.imports import afresh
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    failed,
    line_of,
    passed,
    place,
    state_of,
    worst,
)
from fusion_cli.runtime.global_state import reseeded, watched
from fusion_cli.runtime.subject import Subject


def check(context: Context) -> Outcome:
    """Compare the input, the settings of torch and Python, and what instances share, after a use.

    Drawing random numbers is legitimate, seeding the generators is not: see `reseeded`. Caches in
    a module's own attributes are legitimate too; their faults show in `modes`.
    """
    return worst(
        chain(_input(context), _state(context), _shared(context)),
        passed("input and global state are left alone"),
    )


def _input(context: Context) -> Iterator[Outcome]:
    for train in (False, True):
        inputs = context.subject.inputs()
        kept = [
            copy.copy(input) if not isinstance(input, Tensor) else input.clone() for input in inputs
        ]
        changes = _Changes(inputs, context.subject)
        with watched():  # what a setting is changed to here would be its state before, there
            module = context.module(train=train)
            with torch.no_grad(), changes:
                call(module, inputs)
        for number, (one, before) in enumerate(zip(inputs, kept, strict=True), 1):
            if isinstance(one, Tensor) and not torch.equal(one, before):
                which = f" {number}" if len(inputs) > 1 else ""
                line = changes.places.get(number - 1)
                yield failed(
                    f"forward changes its input{which} in place{f' ({line})' if line else ''}",
                    "compute into a new tensor: `x = x + y` for `x += y`, `inplace=False` for "
                    "what sees the input first",
                )
                return


class _Changes(TorchFunctionMode):
    """Notes the line of the user's file at which each input is first changed.

    What goes past the counter of versions, as `x.data` does, has no line.
    """

    def __init__(self, inputs: tuple[Any, ...], subject: Subject) -> None:
        super().__init__()
        self._inputs, self._subject = inputs, subject
        self.places: dict[int, str] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for number, input in enumerate(self._inputs):
            if isinstance(input, Tensor) and input._version and number not in self.places:
                self.places[number] = place(sys._getframe(1), self._subject)
        return result


def _state(context: Context) -> Iterator[Outcome]:
    subject = context.subject
    positional, keywords = subject.arguments()
    with watched():
        module, inputs = context.module(), subject.inputs()

    def construct() -> None:
        subject.cls(*positional, **keywords)

    def forward() -> None:
        module(*inputs)

    for what, action in (("the constructor", construct), ("forward", forward)):
        yield from _changes(what, action)


def _changes(what: str, action: Callable[[], Any]) -> Iterator[Outcome]:
    with watched() as changed:
        seeds = reseeded(action)
    for name in changed:
        yield failed(f"{what} changes {name}", "leave global settings to the program")
    for name in seeds:
        yield failed(
            f"{what} seeds the random generator of {name}", "seed in the program, not here"
        )


def _shared(context: Context) -> Iterator[Outcome]:
    """Tensors that two instances share, and default arguments that a use changed.

    What the defaults are is asked of the file run once more: checks before this one used them.
    """
    defaults = _mutable_defaults(afresh(context.subject))
    one, other = context.module(), context.module(seed=1)
    with torch.no_grad():
        call(one, context.subject.inputs())
    theirs = {id(tensor) for _, tensor in state_of(other)}
    both = [name for name, tensor in state_of(one) if id(tensor) in theirs]
    if both:
        yield failed(
            f"two instances share `{both[0]}`: training one changes the other",
            "build it in `__init__`, not in a default argument, class or module",
        )
    for method, before in defaults.items():
        if _mutable_defaults(context.subject).get(method) != before:
            yield failed(
                f"a default argument of {method} is changed by use and shared by all instances",
                "default to None and make the list or dict inside",
            )


def _mutable_defaults(subject: Subject) -> dict[str, str]:
    """The lists, dicts and sets among the default arguments of the file's methods, as text."""
    found = {}
    for cls in (value for value in subject.namespace.values() if isinstance(value, type)):
        for name, method in vars(cls).items():
            line = line_of(method, subject)
            values = (
                *(getattr(method, "__defaults__", None) or ()),
                *(getattr(method, "__kwdefaults__", None) or {}).values(),
            )
            mutable = [value for value in values if isinstance(value, (list, dict, set))]
            if line and mutable:
                found[f"`{name}` ({line})"] = repr([_outline(value) for value in mutable])
    return found


def _outline(value: Any) -> Any:
    """What tells a changed collection from an unchanged one, in whatever run of the file."""
    if isinstance(value, (list, tuple)):
        return [_outline(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _outline(item) for key, item in value.items()}
    if isinstance(value, set):
        return sorted(str(_outline(item)) for item in value)
    simple = value is None or isinstance(value, (bool, int, float, str))
    return repr(value) if simple else type(value).__name__
