"""`constructs`: the class builds with the arguments that were found, and with other widths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fusion_cli.model.basics import with_arguments
from fusion_cli.model.observation import Run
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    failed,
    passed,
    warned,
    worst,
)
from fusion_cli.runtime.battery.idle import stuck, unread
from fusion_cli.runtime.observe.causes import mend_of

WIDTHS = (16, 24, 48)
"""The widths of nano and small detectors; one published drop-in module in twelve refuses 24."""
WIDER = (32, 64, 96)


def check(context: Context) -> Outcome:
    """Build every observed variant, and the widths 16, 24 and 48 where a parameter decides them.

    A width that is refused warns, with the divisor that would do: the greatest common one of the
    widths that work. So does a flag that leads, turned, to a name or an attribute that is not there:
    other errors may mean that it wants another argument too. So do an argument that is never read,
    and one of which every other value fails in forward; a class that was fused takes over what its
    host takes. Fooled by what hangs on two flags.
    """
    findings = [
        finding for run in context.subject.observation.runs for finding in _builds(context, run)
    ]
    if not findings:
        findings += [*_flags(context), *_widths(context)]
    if not (context.broken or context.host or context.written):
        findings += [*unread(context.subject), *stuck(context)]
    count = len(context.subject.observation.runs)
    return worst(findings, passed(f"{count} configurations built" if count > 1 else "builds"))


def _builds(context: Context, run: Run) -> Iterator[Outcome]:
    try:
        context.module(run.args)
    except (Exception, SystemExit) as error:
        what = f"{with_arguments(run.args)} it raises {context.told(error)}"
        yield failed(what, mend_of(error))


def _flags(context: Context) -> Iterator[Outcome]:
    """What goes wrong where an argument that is True or False is turned."""
    if context.broken:
        return
    base = context.subject.observation.base
    for name, value in context.subject.flags().items():
        run = replace(base, args={**base.args, name: str(not value)})
        error = context.raised(context.subject.inputs(run), run.args)
        if isinstance(error, NameError | AttributeError) and "NoneType" not in str(error):
            yield warned(
                f"with {name}={not value} it raises {context.told(error)}", "mend the name"
            )


def _widths(context: Context) -> Iterator[Outcome]:
    """What widths work, tried by building and running.

    Where none but the observed one does, the width hangs on another argument, and nothing is said.
    """
    base = _width(context)
    errors = {width: _try(context, width) for width in _reachable(context, WIDTHS)}
    refused = [width for width in errors if errors[width]]
    if not refused or context.broken:
        return
    errors |= {width: _try(context, width) for width in _reachable(context, WIDER)}
    works = [width for width in errors if not errors[width]]
    if set(works) - {base}:
        listed = ", ".join(map(str, refused))
        yield warned(f"width {listed} refused ({errors[refused[0]]}); {_divisor(errors, works)}")


def _divisor(errors: Mapping[int, str], works: list[int]) -> str:
    divisor = math.gcd(*works)
    if all(width in works for width in errors if width % divisor == 0):
        return f"multiples of {divisor} work"
    return (
        f"of {', '.join(map(str, sorted(errors)))} only {', '.join(map(str, sorted(works)))} work"
    )


def _try(context: Context, width: int) -> str:
    """What building and running at a width raises, in one line; empty where it works."""
    run = Run(_arguments_for(context, width) or {}, _widened(context, width), ())
    error = context.raised(context.subject.inputs(run), run.args)
    return context.told(error) if error else ""


def _reachable(context: Context, widths: tuple[int, ...]) -> list[int]:
    return [width for width in widths if _arguments_for(context, width)]


def _arguments_for(context: Context, width: int) -> dict[str, str] | None:
    """The base run's arguments with those that decide the channels in proportion to a width.

    None where there are none, or the proportion gives no whole number.
    """
    observation, base = context.subject.observation, _width(context)
    args = dict(observation.base.args)
    for role in ("in", "out"):
        text = observation.base.args.get(observation.roles.get(role, ""), "")
        if text.isdecimal() and int(text) * width % base == 0:
            args[observation.roles[role]] = str(int(text) * width // base)
        elif role == "in" or text:
            return None
    return args


def _widened(context: Context, width: int) -> tuple[tuple[int, ...], ...]:
    """The base run's input shapes with their channels in proportion."""
    subject, base = context.subject, _width(context)
    return tuple(
        tuple(
            length * width // base if name.startswith("c") else length
            for name, length in zip(names, shape, strict=False)
        )
        for names, shape in zip(subject.axes(), subject.observation.base.inputs, strict=True)
    )


def _width(context: Context) -> int:
    """The channels of the base run's first input."""
    names, shape = context.subject.axes()[0], context.subject.observation.base.inputs[0]
    return next((n for name, n in zip(names, shape, strict=False) if name.startswith("c")), 1)
