"""Keywords of a fused class that are arguments of its donors: that they reach them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from fusion_cli.runtime.battery.context import Context, call
from fusion_cli.runtime.global_state import seeded


def unreached(context: Context) -> str:
    """The first exposed keyword that does not reach its parameter of every donor, in words.

    A value that nothing else can be is handed to the fused class. Where a donor's constructor is
    given it, it is exchanged for the default, so that all the block is built: whatever the argument
    means, the proof is the same.
    """
    for handed in context.facts.exposed:
        cls = eval(handed.donor, dict(context.subject.namespace))
        token, default = object(), _default(context, handed.keyword)
        reached: list[nn.Module] = []
        with _watched(cls, handed.parameter, token, default, reached):
            fused = _build(context, {handed.keyword: token})
        held = [(path, made) for path, made in fused.named_modules() if type(made) is cls]
        meant = [(path, made) for path, made in held if f".{handed.path}." in f".{path}."]
        lost = [path for path, made in meant if all(made is not other for other in reached)]
        if lost or not reached:
            where = f" at `{lost[0]}`" if lost else ""
            return (
                f"`{handed.keyword}` does not reach `{handed.parameter}` of {handed.donor}{where}"
            )
    return ""


@contextlib.contextmanager
def _watched(
    cls: type[nn.Module], parameter: str, token: object, default: object, reached: list[nn.Module]
) -> Iterator[None]:
    """Note which modules of `cls` are given `token` for a parameter, and give them `default`."""
    original = cls.__init__
    signature = inspect.signature(original)

    def watching(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind(self, *args, **kwargs)
        if bound.arguments.get(parameter) is token:
            reached.append(self)
            bound.arguments[parameter] = default
        original(*bound.args, **bound.kwargs)

    cls.__init__ = watching  # type: ignore[method-assign]
    try:
        yield
    finally:
        cls.__init__ = original  # type: ignore[method-assign]


def _default(context: Context, keyword: str) -> object:
    return inspect.signature(context.subject.cls).parameters[keyword].default


def _build(context: Context, keywords: Mapping[str, object]) -> nn.Module:
    positional, named = context.subject.arguments()
    with seeded(0):
        return context.subject.cls(*positional, **named, **keywords)


def other_value(context: Context, keyword: str) -> str | None:
    """Another value of a keyword with which the class runs, as text; None where none was found."""
    for value in _others(_default(context, keyword)):
        with contextlib.suppress(Exception), torch.no_grad():
            call(_build(context, {keyword: value}), context.subject.inputs())
            return repr(value)
    return None


def _others(default: object) -> tuple[object, ...]:
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int):
        return (default + 1, default + 2, 2 * default)
    if isinstance(default, float):
        return (default / 2,)
    return ()
