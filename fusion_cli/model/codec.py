"""Frozen values as plain JSON and back: what crosses the pipe, read by the type that is expected.

A dataclass is an object of its fields, a tuple or set a list, an enum its value, a path its text; the
keys of a mapping are strings in JSON and integers again where the type says so. `Axes | None` and
`int | str` are unions of what JSON distinguishes; dataclasses in a union are known by their fields.

    from_json(Run, to_json(run)) == run
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


class Malformed(ValueError):
    """JSON that is no value of the type that was expected."""


def to_json(value: object) -> Any:
    """A value as what `json.dumps` takes.

    Raises:
        TypeError: it is, or holds, what has no form in JSON.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Mapping):
        return {_key(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Set):
        return sorted(map(to_json, value))
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def from_json(expected: type[T], json: Any) -> T:
    """The value of the type `expected` that `to_json` wrote.

    Raises:
        Malformed: it is none.
    """
    hashable: object = expected
    value: T = _reader(hashable)(json)
    return value


def _key(key: object) -> str:
    if type(key) in (str, int):
        return str(key)
    raise TypeError(f"a key of JSON is a string or an integer, not {key!r}")


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


@cache
def _reader(expected: object) -> Any:
    """What reads a type, made once for each.

    Raises:
        TypeError: there is no form in JSON for that type.
    """
    origin, parts = get_origin(expected), get_args(expected)
    if expected in (str, int, float, bool, type(None)):
        return partial(_plain, expected)
    if origin is Literal:
        return partial(_literal, parts)
    if origin in (Union, types.UnionType):
        return partial(_union, expected, tuple(map(_reader, parts)))
    if origin is tuple:
        return _tuple_reader(parts)
    if origin in (frozenset, Set):
        return lambda json: frozenset(_items(_reader(parts[0]), json))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return partial(_mapping, _reader(parts[0]), _reader(parts[1]), parts[0] is int)
    return _class_reader(expected)


def _class_reader(expected: Any) -> Reader:
    if isinstance(expected, type) and is_dataclass(expected):
        return partial(_dataclass, expected)
    if isinstance(expected, type) and issubclass(expected, Enum):
        return partial(_enum, expected)
    if expected is Path:
        return lambda json: Path(_plain(str, json))
    raise TypeError(f"{expected} has no form in JSON")


@cache
def _field_readers(cls: type) -> Mapping[str, Reader]:
    hints = get_type_hints(cls)
    return {name: _reader(hints[name]) for name in _names(cls)}


def _dataclass(expected: type, json: Any) -> Any:
    readers = _field_readers(expected)  # only now: a class may hold others of its kind
    if not isinstance(json, dict) or json.keys() != readers.keys():
        raise Malformed(f"no {expected.__name__}: {json!r:.80}")
    return expected(**{name: readers[name](item) for name, item in json.items()})


def _tuple_reader(parts: tuple[Any, ...]) -> Reader:
    if parts[1:] == (...,):
        return lambda json: tuple(_items(_reader(parts[0]), json))
    readers = tuple(map(_reader, parts))

    def read(json: Any) -> Any:
        if not isinstance(json, list) or len(json) != len(readers):
            raise Malformed(f"not {len(readers)} items: {json!r:.80}")
        return tuple(reader(item) for reader, item in zip(readers, json, strict=True))

    return read


def _plain(expected: type, json: Any) -> Any:
    if type(json) is expected or (expected is float and type(json) is int):
        return json
    raise Malformed(f"no {expected.__name__}: {json!r:.80}")


def _literal(values: tuple[Any, ...], json: Any) -> Any:
    if any(type(value) is type(json) and value == json for value in values):
        return json
    raise Malformed(f"none of {values}: {json!r:.80}")


def _enum(expected: type[Enum], json: Any) -> Enum:
    try:
        return expected(json)
    except (ValueError, TypeError) as error:
        raise Malformed(str(error)) from None


def _union(expected: Any, readers: tuple[Reader, ...], json: Any) -> Any:
    for read in readers:
        try:
            return read(json)
        except Malformed:
            continue
    raise Malformed(f"no {expected}: {json!r:.80}")


def _items(read: Reader, json: Any) -> list[Any]:
    if not isinstance(json, list):
        raise Malformed(f"no list: {json!r:.80}")
    return [read(item) for item in json]


def _mapping(key: Reader, read: Reader, numbered: bool, json: Any) -> dict[Any, Any]:
    if not isinstance(json, dict):
        raise Malformed(f"no object: {json!r:.80}")
    try:
        keys = map(int, json) if numbered else iter(json)
        return {key(name): read(item) for name, item in zip(keys, json.values(), strict=True)}
    except ValueError as error:
        raise Malformed(str(error)) from None
