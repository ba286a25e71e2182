"""`constructs`: the class builds with the arguments that were found, and with other widths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch

from fusion_cli.model import Run
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    call,
    failed,
    passed,
    warned,
    worst,
)

WIDTHS = (16, 24, 48)
"""The widths of nano and small detectors; one published drop-in module in twelve refuses 24."""
WIDER = (32, 64, 96)

LATE_INIT = "call `super().__init__()` before the first attribute is set"


def check(context: Context) -> Outcome:
    """Build every observed variant, and the widths 16, 24 and 48 where a parameter decides them.

    A width that is refused warns, with the divisor that would do: the greatest common one of the
    widths that work.
    """
    findings = [
        finding for run in context.subject.observation.runs for finding in _builds(context, run)
    ]
    if not findings:
        findings += _widths(context)
    count = len(context.subject.observation.runs)
    return worst(findings, passed(f"{count} configurations built" if count > 1 else "builds"))


def _builds(context: Context, run: Run) -> Iterator[Outcome]:
    try:
        context.module(run.args)
    except (Exception, SystemExit) as error:
        hint = (
            LATE_INIT if "super().__init__" in str(error) or "Module.__init__" in str(error) else ""
        )
        yield failed(f"{_arguments(run.args)} raises {context.told(error)}", hint)


def _arguments(args: Mapping[str, str]) -> str:
    return f"({', '.join(f'{name}={text}' for name, text in args.items())})"


def _widths(context: Context) -> Iterator[Outcome]:
    """What widths work, tried by building and running."""
    roles, args = context.subject.observation.roles, context.subject.observation.base.args
    if args.get(roles.get("in", "")) != str(_width(context)) or context.broken:
        return
    errors = {width: _try(context, width) for width in WIDTHS}
    refused = [width for width in WIDTHS if errors[width]]
    if not refused:
        return
    errors |= {width: _try(context, width) for width in WIDER}
    works = [width for width in errors if not errors[width]]
    yield warned(
        f"width {', '.join(map(str, refused))} refused ({errors[refused[0]]}); {_divisor(errors, works)}"
    )


def _divisor(errors: Mapping[int, str], works: list[int]) -> str:
    divisor = math.gcd(*works)
    if divisor and all(width in works for width in errors if width % divisor == 0):
        return f"multiples of {divisor} work"
    return f"{', '.join(map(str, sorted(works))) or 'none'} of {sorted(errors)} work"


def _try(context: Context, width: int) -> str:
    """What building and running at a width raises, in one line; empty where it works."""
    subject = context.subject
    roles = subject.observation.roles
    args = dict(subject.observation.base.args)
    args |= {roles[role]: str(width) for role in ("in", "out") if role in roles}
    run = Run(args, _widened(context, width), ())
    try:
        with torch.no_grad():
            call(context.module(args), subject.inputs(run))
    except Exception as error:
        return context.told(error)
    return ""


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
