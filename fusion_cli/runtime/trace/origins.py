"""Where the classes of a host's submodules come from."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from torch import nn

from fusion_cli.model.flow import Origin

_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD


def origins(module: nn.Module, namespace: Mapping[str, Any]) -> dict[str, Origin]:
    """By path: the class, its file (None: the host's own), and how the host's file names it.

    A layer of torch itself has no file; it has a `source_of_layer`, the source of a class that does the same,
    and its constructor's `parameters`, each with the source of its default.
    """
    found = {}
    for path, part in module.named_modules():
        cls = type(part)
        torches = cls.__module__.partition(".")[0] == "torch"
        text = source_of_layer(cls) if torches and not list(part.children()) else None  # type: ignore[arg-type]
        if path and (text or not torches):
            found[path] = Origin(
                cls=cls.__qualname__,
                file=None if torches else _file(cls, namespace),
                names=tuple(_names(cls, namespace)),
                stand_in=text,
                parameters=_parameters(cls) if text else (),
            )
    return found


def _names(cls: type, namespace: Mapping[str, Any]) -> Iterator[str]:
    """`Conv`, and `nn.Conv2d` where the file has the module `nn`."""
    for name, value in namespace.items():
        if value is cls:
            yield name
        elif isinstance(value, ModuleType) and getattr(value, cls.__name__, None) is cls:
            yield f"{name}.{cls.__name__}"


def _parameters(cls: type) -> tuple[tuple[str, str | None], ...]:
    """The constructor's positional parameters and the sources of their defaults."""
    found = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    return tuple(
        (parameter.name, None if parameter.default is parameter.empty else repr(parameter.default))
        for parameter in found
        if parameter.kind is _POSITIONAL
    )


@cache
def source_of_layer(cls: type[nn.Module]) -> str | None:
    """The source of a subclass that adds nothing, with the constructor's required parameters named."""
    name = cls.__name__
    init = list(inspect.signature(cls.__init__).parameters.values())[1:]
    names = [
        parameter.name
        for parameter in init
        if parameter.default is parameter.empty and parameter.kind is _POSITIONAL
    ]
    taken = list(inspect.signature(cls.forward).parameters.values())[1:]
    if getattr(nn, name, None) is not cls or not taken:
        return None
    given = ", ".join([*names, "*args", "**kwargs"])
    x = taken[0].name
    return (
        f"from torch import nn\n\n\nclass {name}(nn.{name}):\n"
        f"    def __init__(self, {given}):\n        super().__init__({given})\n\n"
        f"    def forward(self, {x}):\n        return super().forward({x})\n"
    )


def _file(cls: type, namespace: Mapping[str, Any]) -> str | None:
    if cls.__module__ == namespace["__name__"]:
        return None
    return getattr(sys.modules.get(cls.__module__), "__file__", None)
