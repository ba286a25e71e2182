"""How the fields of a request are given as options: said once, where a field is declared.

    ratio: Annotated[float | None, Option("the share of the site's channels", metavar="R")] = None

is the option `--ratio R` of the command with its help and completion, `ratio=` of the functions for
notebooks, and where it decides what is written (see `requests.Fusion`) a key of recipes and a word
of the command in a file's header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from os import PathLike, fspath
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Option:
    """What a help says of an option, and what a shell offers for it."""

    help: str
    metavar: str = ""  # stands for the value; a flag has none, `choices` make one
    choices: tuple[str, ...] = ()  # the only values that there are
    examples: tuple[str, ...] = ()  # values to offer, where there are others too
    default: str = ""  # what holds without the option, where its value does not say so
    flag: str = ""  # `--some-name` for the field `some_name`, unless given
    short: str = ""


@dataclass(frozen=True)
class Declared:
    """A field of a request that is an option: its type, its default and what is said of it."""

    name: str
    type: Any
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        return self.option.flag or f"--{self.name.replace('_', '-')}"

    @property
    def several(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(self.type) is tuple


def declared(request: type) -> Mapping[str, Declared]:
    """The options of a request by the names of their fields, in the order of these."""
    hints = get_type_hints(request, include_extras=True)
    options = (
        of_annotation(field.name, hints[field.name], field.default) for field in fields(request)
    )
    return {option.name: option for option in options if option}


def of_annotation(name: str, hint: Any, default: Any) -> Declared | None:
    """The option that `name: hint = default` declares, if it does."""
    if get_origin(hint) is not Annotated or default is MISSING:
        return None
    plain, option = get_args(hint)[:2]
    return Declared(name, plain, default, option) if isinstance(option, Option) else None


def accepted(request: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the fields of a request hold them: a path as text, several as a tuple of such.

    What is no option of the request is left as it is: its constructor refuses it.
    """
    several = {name for name, parameter in declared(request).items() if parameter.several}
    return {name: (_texts if name in several else _text)(value) for name, value in given.items()}


def _texts(values: Any) -> tuple[Any, ...]:
    if isinstance(values, str | PathLike):
        return (_text(values),)
    return tuple(_text(value) for value in values or ())


def _text(value: Any) -> Any:
    return fspath(value) if isinstance(value, PathLike) else value
