"""Where the classes of a host's submodules come from, and how the host built them."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

from fusion_cli.model import JSON


def origins(module: nn.Module, namespace: Mapping[str, Any]) -> dict[str, JSON]:
    """By path: the class, its file (None: the host's own), and the host's names for it.

    Classes of torch itself are left out.
    """
    found = {}
    for path, one in module.named_modules():
        cls = type(one)
        if path and cls.__module__.partition(".")[0] != "torch":
            found[path] = {
                "class": cls.__qualname__,
                "file": _file(cls, namespace),
                "names": [name for name, value in namespace.items() if value is cls],
            }
    return found


def _file(cls: type, namespace: Mapping[str, Any]) -> str | None:
    if cls.__module__ == namespace["__name__"]:
        return None
    return getattr(sys.modules.get(cls.__module__), "__file__", None)


class Constructions:
    """Notes the arguments with which objects of some classes are built, as texts."""

    def __init__(self, classes: set[type[nn.Module]]) -> None:
        self._classes = classes
        self._texts: dict[int, dict[str, str] | None] = {}

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Take notes while the body runs."""
        own = {cls: cls.__dict__.get("__init__") for cls in self._classes}
        for cls in self._classes:
            cls.__init__ = self._watching(cls, cls.__init__)  # type: ignore[method-assign]
        try:
            yield
        finally:
            for cls, method in own.items():
                if method is None:
                    del cls.__init__
                else:
                    cls.__init__ = method  # type: ignore[method-assign]

    def _watching(self, cls: type[nn.Module], original: Any) -> Any:
        def build(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            if type(module) is cls:
                self._texts[id(module)] = _texts(original, module, args, kwargs)
            original(module, *args, **kwargs)

        return build

    def of(self, module: nn.Module) -> dict[str, str] | None:
        """The arguments of one object; None where one of them cannot be written down."""
        return self._texts.get(id(module))


def _texts(
    method: Any, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, str] | None:
    try:
        bound = inspect.signature(method).bind(module, *args, **kwargs)
    except (TypeError, ValueError):
        return None
    values = dict(list(bound.arguments.items())[1:])
    kinds = {name: one.kind for name, one in bound.signature.parameters.items()}
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    texts = {name: _text(value) for name, value in values.items() if kinds[name] not in starred}
    if any(kinds[name] in starred for name in values) or None in texts.values():
        return None
    return {name: text for name, text in texts.items() if text is not None}


def _text(value: Any) -> str | None:
    """The source of a value that has one: numbers, strings, tuples and lists of them, torch layers."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        parts = [_text(one) for one in value]
        if None in parts:
            return None
        inside = ", ".join(one for one in parts if one)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(parts) == 1 else f"({inside})"
    name = getattr(value, "__name__", "")
    return f"nn.{name}" if name and getattr(nn, name, None) is value else None
