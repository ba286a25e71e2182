"""Which classes count: those on one tensor, built of plain values and layer factories.

Told from annotations, and where there is none from what the code does with the parameter. It does
not ask whether the class was built, so it leaves out successes as it does failures.
"""

from __future__ import annotations

import ast
import collections.abc
import contextlib
import inspect
import textwrap
import types
import typing
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fusion_cli.runtime.observe.attempt import constructor_parameters

_SCALARS = (int, float, complex, str, bool, type(None), torch.device, torch.dtype)
_ORDERED = (list, tuple, collections.abc.Sequence, collections.abc.Iterable, set)
_PLAIN = (int, float, str, list)  # a tuple has no method that a list lacks
_MEMBERS = frozenset(name for kind in _PLAIN for name in dir(kind))
_UNKNOWN = (inspect.Parameter.empty, Any, object)


def left_out(cls: type[nn.Module]) -> str | None:
    """Why a class does not count; None where it does."""
    if cls.forward is nn.Module.forward:
        return "have no forward"
    return _left_out_by_inputs(cls) or _left_out_by_arguments(cls)


def _left_out_by_inputs(cls: type[nn.Module]) -> str | None:
    parameters = list(inspect.signature(cls.forward).parameters.values())[1:]
    needed = [one for one in parameters if one.default is one.empty and _is_positional(one)]
    if not parameters:
        return "take no tensor"
    if len(needed) > 1:
        return "take several inputs"
    name = (needed or parameters)[0].name
    annotation = _hints(cls.forward).get(name, Any)
    if annotation in _UNKNOWN:
        used = _used(cls.forward, name)
        plain = not _text_keys(cls.forward, name) and all(hasattr(Tensor, one) for one in used)
        return None if plain else "take something else than a tensor"
    return None if Tensor in _arms(annotation) else "take something else than a tensor"


def _left_out_by_arguments(cls: type[nn.Module]) -> str | None:
    inits = [vars(one)["__init__"] for one in cls.__mro__ if "__init__" in vars(one)]
    hints: dict[str, Any] = {}
    for init in reversed(inits):
        hints |= _hints(init)
    for name, parameter in constructor_parameters(cls).items():
        if parameter.default is not parameter.empty:
            continue
        if hints.get(name, Any) not in _UNKNOWN:
            plain = is_plain(hints[name])
        else:
            plain = not any(_as_object(init, name) for init in inits)
        if not plain:
            return "are built of objects"
    return None


def is_plain(annotation: Any) -> bool:
    """Whether an annotation allows a number, a text, a sequence of them or a maker of layers."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _UNKNOWN or annotation in _SCALARS or annotation in _ORDERED:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(is_plain(one) for one in inner if one is not type(None))
    if origin in _ORDERED:
        return all(is_plain(one) for one in inner if one is not Ellipsis)
    if origin is type:
        return any(one in (nn.Module, Any) or _is_of_torch(one) for one in _arms(inner[0]))
    if annotation in (type, collections.abc.Callable, typing.Callable):
        return True
    return origin in (collections.abc.Callable, typing.Literal)


def _arms(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of a union; of anything else itself."""
    united = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if united else (annotation,)


def _is_of_torch(kind: Any) -> bool:
    return str(getattr(kind, "__module__", "")).startswith("torch.")


def _is_positional(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def _hints(function: Any) -> dict[str, Any]:
    with contextlib.suppress(Exception):  # a name that is not there at run time
        return typing.get_type_hints(function)
    return {}


def _as_object(function: Any, name: str) -> bool:
    """Whether the code reads of the parameter what no number, text or list has."""
    return bool(_used(function, name) - _MEMBERS) or _text_keys(function, name)


def _used(function: Any, name: str) -> set[str]:
    """The attributes that the code reads of the parameter, until it is bound anew."""
    return {
        node.attr
        for node in _before_rebound(function, name)
        if isinstance(node, ast.Attribute) and _is_name(node.value, name)
    }


def _text_keys(function: Any, name: str) -> bool:
    """Whether the code looks something up in the parameter by a text, as in a dictionary."""
    return any(
        isinstance(node, ast.Subscript)
        and _is_name(node.value, name)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        for node in _before_rebound(function, name)
    )


def _before_rebound(function: Any, name: str) -> Iterator[ast.AST]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return
    for statement in getattr(tree.body[0], "body", []):
        yield from ast.walk(statement)
        bound = (node for node in ast.walk(statement) if _is_name(node, name))
        if any(isinstance(node.ctx, ast.Store) for node in bound):
            return


def _is_name(node: ast.AST, name: str) -> typing.TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name
