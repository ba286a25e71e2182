"""Other arguments that may avoid a failure, read from what it says and from the class's own file."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from fusion_cli.model.basics import Arguments
from fusion_cli.runtime.observe.attempt import UNSET, Failure, Probe
from fusion_cli.runtime.observe.feed import widths_in
from fusion_cli.runtime.observe.roles import guesses, is_in, is_out

_MOST_VALUES = 5  # of one parameter tried in the place of one that failed
_LENGTHS = (4, 3, 5, 6)  # of lists, such as one with a number for each stage
_COUNT = r"(?:list|length|tuple) of (\d+)|of length (\d+)|<> \w+\((\d+)\)|expected (\d+)"
_WRONG_LENGTH = r"index out of range|not enough values|" + _COUNT
_KERNEL = "k|ks|ksize|k_size|kernel|kernel_?size"
_PADDINGS = ("p", "pad", "padding")
_PLAIN = (nn.Module, str, int, float)
_BLOCK = re.compile("block|bottleneck|basic|unit|layer", re.IGNORECASE)


def completed(probe: Probe, args: Arguments) -> dict[str, str]:
    """The arguments with the likeliest value for each required parameter that is missing."""
    if "*" in args:
        return dict(args)
    missing = [name for name in probe.required if name not in args]
    return {**args, **{name: values_for(probe, name)[0] for name in missing}}


def padding_for(probe: Probe, args: Arguments) -> dict[str, str] | None:
    """The arguments completed, with the padding that keeps the map under the kernel that was guessed.

    A convolution of another kind takes its kernel and, as torch's do, no padding by default.
    """
    full = completed(probe, args)
    kernels = [full[name] for name in full if name not in args and re.fullmatch(_KERNEL, name)]
    free = [n for n, parameter in probe.parameters.items() if n in _PADDINGS and n not in full]
    if len(free) != 1 or len(kernels) != 1 or not kernels[0].isdecimal():
        return None
    if probe.parameters[free[0]].default != 0 or kernels[0] == "1":
        return None
    return {**full, free[0]: str(int(kernels[0]) // 2)}


def values_for(probe: Probe, name: str) -> tuple[str, ...]:
    """Values to try for a parameter: what its file compares it with or declares it to be, then by name."""
    parameter = probe.parameters[name]
    default = parameter.default
    own = [*probe.literals(name), *_configurations(parameter.annotation, probe.namespace)]
    found = (*own, *guesses(parameter))
    if isinstance(default, int | float):
        return tuple(text for text in found if text != repr(default))
    return found


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
    yield from _filled(probe, failure)
    yield from _lengthened(failure, guessed)
    yield from _own_blocks(probe, failure, guessed)
    defaults = [*(name for name in blamed if name not in likely), *_settings(probe, start)]
    for name in dict.fromkeys([*(defaults if thorough else ()), *likely, *guessed]):
        values = list(values_for(probe, name))
        if is_in(name) or is_out(name):
            values += map(str, widths_in(message, 0)[:4])
        if name in blamed and not isinstance(failure.error, TypeError | AttributeError):
            values = [*re.findall(r"'\w+'", message)[:4], *values]
        kind = type(probe.value(failure.args, name)).__name__
        asked = message if re.search(rf"\b{kind}\b", message) else ""
        most = _MOST_VALUES if name in blamed or name in failure.args else 2
        for text in _suited(values, asked)[:most]:
            yield {**failure.args, name: text}


def _settings(probe: Probe, start: Arguments) -> Iterator[str]:
    """Parameters whose defaults may be at fault though no error names them.

    First layers that are None, then numbers and configurations, then layers that are given.
    """
    free = {name: parameter for name, parameter in probe.parameters.items() if name not in start}
    yield from (name for name in free if _wants_layer(probe, name))
    for name, parameter in free.items():
        tuned = is_in(name) or is_out(name) or guesses(parameter)[0] == "0.0"
        number = isinstance(parameter.default, int | float) and not tuned
        if number or dataclasses.is_dataclass(parameter.default):
            yield name
    yield from (name for name, parameter in free.items() if isinstance(parameter.default, type))


def _missing_keywords(probe: Probe, failure: Failure) -> Iterator[dict[str, str]]:
    """The arguments with what something behind the constructor's `**kwargs` misses, or reads of it."""
    takes_any = any(parameter.kind == "kwargs" for parameter in probe.declared())
    if not takes_any or failure.feed is not None:
        return
    message = str(failure.error)
    names = re.findall(r"'(\w+)'", message) if "missing" in message else probe.read_keywords
    keywords = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    first = {keyword.name: guesses(keyword)[0] for keyword in keywords}
    if "missing" not in message:
        first = {name: text for name, text in first.items() if text.startswith("nn.")}
    if first:
        yield {**failure.args, **first}


def _filled(probe: Probe, failure: Failure) -> Iterator[dict[str, str]]:
    """All lists that are empty by default filled alike, as one number for each stage."""
    if failure.feed is not None or not re.search(_WRONG_LENGTH, str(failure.error)):
        return
    empty = [name for name, parameter in probe.parameters.items() if _is_empty(parameter.default)]
    first = {name: values_for(probe, name)[0] for name in empty if name not in failure.args}
    lists = {name: text if text[0] in "[(" else f"({text})" for name, text in first.items()}
    for count in _LENGTHS:
        if lists:
            yield {**failure.args, **{name: _repeated(text, count) for name, text in lists.items()}}


def _lengthened(failure: Failure, guessed: Iterable[str]) -> Iterator[dict[str, str]]:
    """All guessed lists at another length, where one was too short or the lengths differ.

    A forward that was handed as many maps in a list may want a fixed number of them.
    """
    message = str(failure.error)
    listed = failure.feed is not None and failure.feed.packing == "list"
    if not listed and (failure.feed is not None or not re.search(_WRONG_LENGTH, message)):
        return
    lists = {name: failure.args[name] for name in guessed if failure.args.get(name, "-")[0] in "[("}
    named = [int(one) for found in re.findall(_COUNT, message) for one in found if one]
    for name in (name for name in lists if re.search(rf"\b{name}\b", message)):
        yield from ({**failure.args, name: _repeated(lists[name], count)} for count in named[:1])
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
    return default is None or default is UNSET or _is_empty(default)


def _is_empty(default: object) -> bool:
    return isinstance(default, tuple | list) and not default


def _suited(values: Sequence[str], message: str) -> list[str]:
    """The values of the kind that a TypeError about this parameter asks for, before the others."""
    if "not callable" in message:
        kind = [text for text in values if text.startswith("nn.")] or ["nn.Identity", "nn.ReLU"]
    elif "iterable" in message or "subscriptable" in message or "len()" in message:
        kind = [text for text in values if text[0] in "(["]
        kind = kind or [f"[{', '.join([values[0]] * count)}]" for count in (2, 1)]
    elif "unpack" in message or "expected 3" in message:
        kind = [f"({', '.join(['16'] * count)})" for count in (2, 3)]
    else:
        kind = []
    return list(dict.fromkeys([*kind, *values]))


def _configurations(annotation: Any, namespace: Mapping[str, Any]) -> list[str]:
    """Calls that build the configuration object that an annotation names, or a list of one.

    With what it needs, and with what it leaves open too.
    """
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
    named = [
        parameter
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    needed = [parameter for parameter in named if parameter.default is parameter.empty]
    every = [
        parameter
        for parameter in named
        if parameter.default is parameter.empty or parameter.default is None
    ]
    texts = (
        ", ".join(f"{one.name}={guesses(one)[0]}" for one in which) for which in (needed, every)
    )
    return list(dict.fromkeys(f"{name}({text})" for text in texts))
