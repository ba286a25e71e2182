"""Other arguments that may avoid a failure, read from what it says and from the class's own file."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from fusion_cli.model import Arguments
from fusion_cli.runtime.construct_feed import widths_in
from fusion_cli.runtime.construct_probe import UNSET, Failure, Probe
from fusion_cli.runtime.roles import guesses, is_in, is_out

_LENGTHS = (4, 3, 5, 6)  # of lists, such as one with a number for each stage
_COUNT = r"(?:list|length|tuple) of (\d+)|of length (\d+)|<> \w+\((\d+)\)|expected (\d+)"
_WRONG_LENGTH = r"index out of range|not enough values|" + _COUNT
_PLAIN = (nn.Module, str, int, float)
_BLOCK = re.compile("block|bottleneck|basic|unit|layer", re.IGNORECASE)


def completed(probe: Probe, args: Arguments) -> dict[str, str]:
    """The arguments with the likeliest value for each required parameter that is missing."""
    if "*" in args:
        return dict(args)
    missing = [name for name in probe.required if name not in args]
    return {**args, **{name: values_for(probe, name)[0] for name in missing}}


def values_for(probe: Probe, name: str) -> tuple[str, ...]:
    """Values to try for a parameter: what its file compares it with or declares it to be, then by name."""
    parameter = probe.parameters[name]
    own = [*probe.literals(name), *_configurations(parameter.annotation, probe.namespace)]
    return (*own, *guesses(parameter))


def mended(
    probe: Probe, failure: Failure, start: Arguments, thorough: bool
) -> Iterator[dict[str, str]]:
    """Other arguments that may avoid the failure, those that it names first.

    Defaults that say something are left alone until all else has been tried.
    """
    parameters, message = probe.parameters, str(failure.error)
    blamed = [name for name in probe.blamed(failure) if name not in start]
    likely = [name for name in blamed if name in failure.args or _is_open(parameters[name])]
    guessed = [name for name in failure.args if name not in start and name in parameters]
    if "'NoneType' object is not callable" in message:
        guessed = [*(name for name in parameters if _wants_layer(probe, name)), *guessed]
    yield from _missing_keywords(probe, failure)
    yield from _lengthened(failure, guessed)
    yield from _own_blocks(probe, failure, guessed)
    for name in dict.fromkeys([*likely, *guessed, *(blamed if thorough else ())]):
        values = list(values_for(probe, name))
        if is_in(name) or is_out(name):
            values += map(str, widths_in(message, 0)[:4])
        if name in blamed:
            values = [*re.findall(r"'\w+'", message)[:4], *values]
        kind = type(probe.value(failure.args, name)).__name__
        asked = message if re.search(rf"\b{kind}\b", message) else ""
        for text in _suited(values, asked)[:5]:
            yield {**failure.args, name: text}


def _missing_keywords(probe: Probe, failure: Failure) -> Iterator[dict[str, str]]:
    """The arguments with what something behind the constructor's `**kwargs` misses."""
    takes_any = any(one.kind == "kwargs" for one in probe.declared())
    if takes_any and "missing" in str(failure.error):
        names = re.findall(r"'(\w+)'", str(failure.error))
        keywords = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
        yield {**failure.args, **{one.name: guesses(one)[0] for one in keywords}}


def _lengthened(failure: Failure, guessed: Iterable[str]) -> Iterator[dict[str, str]]:
    """All guessed lists at another length, where one was too short or the lengths differ."""
    message = str(failure.error)
    if failure.feed is not None or not re.search(_WRONG_LENGTH, message):
        return
    lists = {name: failure.args[name] for name in guessed if failure.args.get(name, "-")[0] in "[("}
    named = [int(one) for found in re.findall(_COUNT, message) for one in found if one]
    for count in dict.fromkeys([*(one for one in named if 1 < one <= 8), *_LENGTHS]):
        if lists:
            yield {**failure.args, **{name: _repeated(text, count) for name, text in lists.items()}}


def _repeated(text: str, count: int) -> str:
    """`[64, 64]` as a list of so many of its first item."""
    return f"{text[0]}{', '.join([text[1:-1].split(', ')[0]] * count)}{text[-1]}"


def _own_blocks(probe: Probe, failure: Failure, guessed: Iterable[str]) -> Iterator[dict[str, str]]:
    """Classes of the file for a parameter that takes a class and was given one that does nothing."""
    if "Identity" not in str(failure.error):
        return
    wanted = re.search(r"has no attribute '(\w+)'", str(failure.error))
    blocks = [
        name
        for name, value in probe.namespace.items()
        if isinstance(value, type) and issubclass(value, nn.Module) and value is not probe.cls
        if (hasattr(value, wanted[1]) if wanted else _BLOCK.search(name))
    ]
    for name in guessed:
        if failure.args.get(name) == "nn.Identity":
            yield from ({**failure.args, name: block} for block in blocks[:4])


def _wants_layer(probe: Probe, name: str) -> bool:
    parameter = probe.parameters[name]
    return parameter.default is None and guesses(parameter)[0].startswith("nn.")


def _is_open(parameter: inspect.Parameter) -> bool:
    """Whether the default says nothing: None, an empty list, or not known."""
    default = parameter.default
    return (
        default is None or default is UNSET or (isinstance(default, tuple | list) and not default)
    )


def _suited(values: Sequence[str], message: str) -> list[str]:
    """The values of the kind that a TypeError about this parameter asks for, before the others."""
    if "not callable" in message:
        kind = [text for text in values if text.startswith("nn.")] or ["nn.Identity", "nn.ReLU"]
    elif "iterable" in message or "subscriptable" in message or "len()" in message:
        kind = [text for text in values if text[0] in "(["] or ["(16, 16)", "[64, 64]"]
    elif "unpack" in message or "expected 3" in message:
        kind = [f"({', '.join(['16'] * count)})" for count in (2, 3)]
    else:
        kind = []
    return list(dict.fromkeys([*kind, *values]))


def _configurations(annotation: Any, namespace: Mapping[str, Any]) -> list[str]:
    """A call that builds the configuration object that an annotation names, or a list of one."""
    declared: Any = annotation
    if isinstance(annotation, str):
        try:
            declared = eval(annotation, dict(namespace))
        except Exception:
            return []
    inner = getattr(declared, "__args__", ())
    if getattr(declared, "__origin__", None) is list and inner:
        return [f"[{text}]" for text in _configurations(inner[0], namespace)]
    name = getattr(declared, "__name__", "")
    own = name in namespace and bool(namespace[name] is declared)
    if not own or not isinstance(declared, type) or issubclass(declared, _PLAIN):
        return []
    try:
        parameters = inspect.signature(declared).parameters.values()
    except (TypeError, ValueError):
        return []
    needed = [one for one in parameters if one.default is one.empty and one.kind < one.VAR_KEYWORD]
    texts = [f"{one.name}={guesses(one)[0]}" for one in needed if one.kind != one.VAR_POSITIONAL]
    return [f"{name}({', '.join(texts)})"]
