"""Arguments of a constructor that decide nothing, or that take one value only."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    warned,
    where,
)
from fusion_cli.runtime.observe.roles import is_in, is_out
from fusion_cli.runtime.subject import Subject
from fusion_cli.syntax.read import parse


def unread(subject: Subject) -> Iterator[Outcome]:
    """Settings that the class's own constructor never reads: whatever is given is ignored.

    Widths are none: they may be asked of all modules, of those that need none too.
    """
    init = _constructor(subject)
    if init is None:
        return
    read = {node.id for node in ast.walk(init) if isinstance(node, ast.Name)}
    if read & {"locals", "vars"}:
        return
    for argument in _optional(init.args):
        name = argument.arg
        if not (name in read or name.startswith("_") or is_in(name) or is_out(name)):
            yield warned(
                f"argument `{name}` is never read ({subject.path}:{argument.lineno})",
                "use what is given, or leave the argument out",
            )


def _optional(arguments: ast.arguments) -> list[ast.arg]:
    """The arguments with a default: settings. One that must be given may be asked of all modules."""
    named = [*arguments.posonlyargs, *arguments.args]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    first = len(named) - len(arguments.defaults)
    return [*named[first:], *(one for one, default in keywords if default is not None)]


def _constructor(subject: Subject) -> ast.FunctionDef | None:
    for node in parse(subject.text).body:
        if isinstance(node, ast.ClassDef) and node.name == subject.cls.__name__:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    return method
    return None


def stuck(context: Context) -> Iterator[Outcome]:
    """Whole numbers among the arguments of which all others build and none runs.

    Nothing is said where the length of the map is fixed, since an argument may go with it, nor where
    one is left at None, which may be what another value wants.
    """
    subject = context.subject
    values, follows = _values(subject), subject.observation.roles.get("in")
    if len(subject.shapes()) > 1 or None in values.values() or _is_fixed(context):
        return
    lengths = {
        length
        for length, axis in zip(subject.shapes()[0], subject.axes()[0], strict=True)
        if axis != "b" and not (follows and axis.startswith("c"))
    }
    for name, value in values.items():
        if type(value) is int and name != follows and value not in lengths:
            yield from _stuck(context, name, value)


def _is_fixed(context: Context) -> bool:
    """Whether no other length of the map than the base run's works, or is known to."""
    axes = set(context.subject.axes()[0])
    if len(axes) < 3:
        return False
    size = context.subject.size()
    return size is None or isinstance(context.trial(2, (size[0], 2 * size[1])), Exception)


def _stuck(context: Context, name: str, value: int) -> Iterator[Outcome]:
    args = context.subject.observation.base.args
    others = [value + 2, 2 * value, value // 2, value + 1]
    if "in" not in context.subject.observation.roles:  # it may be the width of the input
        others += context.subject.shapes()[0][1:]
    errors = {}
    for other in dict.fromkeys(others):
        changed = {**args, name: str(other)}
        if other in (0, value) or not _builds(context, changed):
            continue
        error = context.raised(context.subject.inputs(), changed)
        if error is None or not where(error, context.subject):
            return
        errors[other] = error
    if len(errors) > 1:
        other, error = next(iter(errors.items()))
        yield warned(
            f"only {name}={value} works: with {name}={other} it raises {context.told(error)}",
            "let what depends on the argument follow it (a padding, a shortcut), or leave it out",
        )


def _builds(context: Context, args: dict[str, str]) -> bool:
    try:
        context.subject.build(args)
    except (Exception, SystemExit):
        return False
    return True


def _values(subject: Subject) -> dict[str, object]:
    """The constructor's named arguments in the base run."""
    _, given = subject.arguments()
    parameters = inspect.signature(subject.cls).parameters.values()
    named = [
        parameter
        for parameter in parameters
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return {parameter.name: given.get(parameter.name, parameter.default) for parameter in named}
