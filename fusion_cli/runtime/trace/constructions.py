"""With which arguments objects of some classes are built, noted while something builds them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

Texts = dict[str, str | None]  # by parameter: the source of the argument, None where it has none


class Constructions:
    """Notes the arguments with which objects of some classes are built, as texts.

    `namespace` are names that the texts may use beside `nn`.
    """

    def __init__(
        self, classes: set[type[nn.Module]], namespace: Mapping[str, Any] | None = None
    ) -> None:
        self._classes = classes
        self._named = {
            id(value): name
            for name, value in (namespace or {}).items()
            if isinstance(value, type) or callable(value)
        }
        self._texts: dict[int, dict[str, str] | None] = {}
        self.calls: list[dict[str, str]] = []  # in order, without what cannot be written down

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Take notes while the body runs."""
        inits = {cls: cls.__dict__.get("__init__") for cls in self._classes}
        for cls in self._classes:
            cls.__init__ = self._watching(cls, cls.__init__)  # type: ignore[method-assign]
        try:
            yield
        finally:
            for cls, method in inits.items():
                if method is None:
                    del cls.__init__
                else:
                    cls.__init__ = method  # type: ignore[method-assign]

    def _watching(self, cls: type[nn.Module], original: Any) -> Any:
        def build(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            if type(module) is cls:
                self._note(original, module, args, kwargs)
            original(module, *args, **kwargs)

        return build

    def _note(
        self, method: Any, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        texts = self._written(method, module, args, kwargs)
        known = {name: text for name, text in (texts or {}).items() if text is not None}
        self._texts[id(module)] = known if texts is not None and len(known) == len(texts) else None
        if texts is not None:
            self.calls.append(known)

    def of(self, module: nn.Module) -> dict[str, str] | None:
        """The arguments of one object; None where one of them cannot be written down."""
        return self._texts.get(id(module))

    def _written(
        self, method: Any, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Texts | None:
        """The arguments of a call by parameter; None where it does not fit, or fills `*args`."""
        try:
            bound = inspect.signature(method).bind(module, *args, **kwargs)
        except (TypeError, ValueError):
            return None
        values = dict(list(bound.arguments.items())[1:])
        kinds = {name: parameter.kind for name, parameter in bound.signature.parameters.items()}
        starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if any(kinds[name] in starred for name in values):
            return None
        return {name: self._text(value) for name, value in values.items()}

    def _text(self, value: Any) -> str | None:
        """The source of a value that has one: numbers, strings, tuples and lists of them, layers."""
        if value is None or isinstance(value, bool | int | float | str):
            return repr(value)
        if isinstance(value, tuple | list):
            parts = [self._text(one) for one in value]
            if None in parts:
                return None
            inside = ", ".join(part for part in parts if part)
            if isinstance(value, list):
                return f"[{inside}]"
            return f"({inside},)" if len(parts) == 1 else f"({inside})"
        name = getattr(value, "__name__", "")
        if name and getattr(nn, name, None) is value:
            return f"nn.{name}"
        return self._named.get(id(value))
