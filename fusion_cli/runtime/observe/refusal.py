"""What a user is told where no arguments were found: the error, whose fault it is, what to give."""

from __future__ import annotations

import inspect
import re

from torch import Tensor

from fusion_cli.model.basics import arguments_text
from fusion_cli.model.errors import CannotConstruct
from fusion_cli.runtime.observe.attempt import Failure, Probe
from fusion_cli.runtime.observe.causes import mend_of
from fusion_cli.runtime.tracebacks import user_lines


def refusal(probe: Probe, failure: Failure, option: str) -> CannotConstruct:
    """The error of a search in vain, of which `failure` tells most; `option` gives arguments."""
    name = probe.cls.__name__
    call = f"{name}({arguments_text(failure.args)})"
    error = f"{type(failure.error).__name__}: {failure.error}".strip().removesuffix(":")
    lines = user_lines(failure.error, probe.path)
    hint = _not_the_arguments(probe, failure) or _what_to_give(probe, failure, option)
    if failure.feed is None:
        return CannotConstruct(f"cannot build {call}: {error}", hint, lines)
    return CannotConstruct(f"{call} cannot be run on {failure.feed}: {error}", hint, lines)


def _not_the_arguments(probe: Probe, failure: Failure) -> str | None:
    """What to do where the constructor's arguments cannot be at fault."""
    name, error = probe.cls.__name__, failure.error
    if mend := mend_of(error):
        return mend
    if isinstance(error, ImportError):
        return "install the package that it names, then try again"
    if isinstance(error, NotImplementedError) and "forward" in str(error):
        return f"`{name}` has no forward of its own: name a class that has one"
    if not probe.forward.parameters:
        return f"`{name}.forward` takes no input: only what maps tensors to tensors can be fused"
    read = re.search(r"'Tensor' object has no attribute '(\w+)'", str(error))
    if failure.feed and read and not hasattr(Tensor, read[1]):
        given = "only tensors, numbers and lists of tensors can be fed"
        return f"`{name}.forward` reads `.{read[1]}` of what it is given, and {given}"
    unwritten = isinstance(error, NotImplementedError) and failure.feed  # else an unknown option
    if isinstance(error, NameError) or unwritten:
        return _at_fault(name)
    return None


def _what_to_give(probe: Probe, failure: Failure, option: str) -> str:
    """The parameters that may be at fault, and the option that gives them."""
    blamed = [one for one in probe.blamed(failure) if one in probe.parameters]
    named = (blamed or probe.required or [*probe.parameters])[:2]
    if not named:
        return _at_fault(probe.cls.__name__)
    example = ", ".join(f"{one}=..." for one in named)
    kinds = [text for name in named if (text := _declared(probe.parameters[name]))]
    where = f", where {', '.join(kinds)}" if kinds else ""
    return f'say how to build it: {option} "{example}" for {probe.signature}{where}'


def _declared(parameter: inspect.Parameter) -> str:
    """`layers: dict[str, str]`; nothing where it is not annotated."""
    kind = parameter.annotation
    if kind is parameter.empty:
        return ""
    return f"{parameter.name}: {kind if isinstance(kind, str) else inspect.formatannotation(kind)}"


def _at_fault(name: str) -> str:
    return f"`{name}` itself raises this, whatever its arguments: mend the file"
