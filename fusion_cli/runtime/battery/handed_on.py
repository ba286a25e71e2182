"""Keywords of a fused class that are arguments of its donors: that they reach them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from fusion_cli.runtime.battery.context import Context, call
from fusion_cli.runtime.subject import seeded


class _Arrived(Exception):
    """The value that was sent has come to where it was sent."""


def unreached(context: Context) -> str:
    """The first exposed keyword that does not reach its donor's parameter, in words.

    A value that nothing else can be is handed to the fused class, and its way ends where the
    donor's constructor is given it: whatever the argument means, the proof is the same.
    """
    for one in context.extra["exposed"]:
        token = object()
        cls = eval(one["donor"], dict(context.subject.namespace))
        with _watched(cls, one["parameter"], token), contextlib.suppress(_Arrived):
            _build(context, {one["keyword"]: token})
            return f"`{one['keyword']}` does not reach `{one['parameter']}` of {one['donor']}"
    return ""


@contextlib.contextmanager
def _watched(cls: type[nn.Module], parameter: str, token: object) -> Iterator[None]:
    """Raise _Arrived where a constructor of `cls` is given `token` for a parameter."""
    original = cls.__init__
    signature = inspect.signature(original)

    def watching(*args: Any, **kwargs: Any) -> None:
        if signature.bind(*args, **kwargs).arguments.get(parameter) is token:
            raise _Arrived
        original(*args, **kwargs)

    cls.__init__ = watching  # type: ignore[method-assign]
    try:
        yield
    finally:
        cls.__init__ = original  # type: ignore[method-assign]


def _build(context: Context, keywords: Mapping[str, object]) -> nn.Module:
    positional, named = context.subject.arguments()
    with seeded(0):
        return context.subject.cls(*positional, **named, **keywords)


def other_value(context: Context, keyword: str) -> str | None:
    """Another value of a keyword with which the class runs, as text; None where none was found."""
    default = inspect.signature(context.subject.cls).parameters[keyword].default
    for value in _others(default):
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
