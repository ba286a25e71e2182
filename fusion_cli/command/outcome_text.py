"""Outcomes as text for people.

The text is the same on a terminal and in a pipe: `paint(text, status)` may colour a word, but the
word itself says the status.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from fusion_cli.model.basics import Arguments, Shape, arguments_text
from fusion_cli.model.errors import FuseError, Rejected
from fusion_cli.model.outcomes import (
    CheckOutcome,
    FuseOutcome,
    Mending,
    ModuleUse,
    RecipeOutcome,
    ShowOutcome,
    Verdict,
)
from fusion_cli.model.report import CheckResult, Cost, Report
from fusion_cli.write import from_here

Paint = Callable[[str, str], str]
Listing = Mapping[str, Sequence[tuple[str, str]]]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ORDER = ("failed", "allowed", "warned", "skipped")


def plain(text: str, status: str) -> str:
    """The paint that does not colour."""
    return text


def visible(text: str) -> str:
    """A module's words for a terminal, which would obey an escape: `\\x1b`."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def rejection(outcome: Verdict) -> Rejected | None:
    """The error that a rejected module ends the command with."""
    rows = outcome.report.rejected_by(outcome.strict)
    if not rows:
        return None
    first, checks = rows[0], dict.fromkeys(row.name for row in rows)
    names = ", ".join(f"`{name}`" for name in checks)
    detail = f": {from_here(first.detail)}" if first.detail else ""
    allow = " ".join(f"--allow {name}" for name in checks)
    hint = first.hint or f"to take the risk knowingly: {allow}"
    step = ""
    if isinstance(outcome, RecipeOutcome):
        step = f"step {len(outcome.steps)} of {outcome.count}: "
    return Rejected(f"{step}`{outcome.name}` is rejected by {names}{detail}", hint=hint)


def error_text(error: FuseError, paint: Paint = plain) -> str:
    """`error: …`, the lines of the user's file at fault, `hint: …`."""
    lines = [f"{paint('error', 'failed')}: {visible(error.message)}"]
    lines += visible(error.lines).rstrip("\n").splitlines()
    lines += [f"{paint('hint', 'hint')}: {visible(error.hint)}"] if error.hint else []
    return "\n".join(lines)


def fuse_text(outcome: FuseOutcome, paint: Paint = plain) -> str:
    rows = [
        ("class", outcome.name),
        ("file", _file_text(outcome)),
        ("host", _use_text(outcome.host)),
        *(("donor", _use_text(donor)) for donor in outcome.donors),
        ("site", f"{outcome.site.path}: {outcome.site.contract}"),
        *(("adapter", adapter) for adapter in outcome.adapters),
    ]
    return _lines([*rows, *_verdict_rows(outcome, paint)])


def recipe_text(outcome: RecipeOutcome, paint: Paint = plain) -> str:
    rows = [("step", _step_text(step, paint)) for step in outcome.steps]
    return "\n".join([_lines(rows), fuse_text(outcome, paint)])


def _step_text(step: FuseOutcome, paint: Paint) -> str:
    """One fusion in a line: `serial Bottleneck SE at cv1: Bottleneck_SE, 18 passed`."""
    donors = " ".join(donor.name for donor in step.donors)
    said = f"{step.pattern} {step.host.name} {donors} at {step.site.path}"
    return f"{said}: {step.name}, {_summary(step.report.checks, paint)}"


def check_text(outcome: CheckOutcome, paint: Paint = plain) -> str:
    rows = [
        ("class", _call_text(outcome.name, outcome.args)),
        ("contract", outcome.contract or "not observed"),
    ]
    return _lines([*rows, *_verdict_rows(outcome, paint)])


def show_text(outcome: ShowOutcome) -> str:
    header = ("path", "class", "input", "output", "calls")
    sites = [
        (site.path, site.name, _shapes_text(site.input), _shapes_text(site.output), str(site.calls))
        for site in outcome.sites
    ]
    rows = [
        ("class", outcome.signature),
        ("args", arguments_text(outcome.args) or "none"),
        ("contract", outcome.contract),
        *(("note", note) for note in outcome.notes),
        ("sites", "" if sites else "none"),
    ]
    table = [f"  {line}" for line in _columns([header, *sites])] if sites else []
    return "\n".join([_lines(rows), *table])


def list_text(listing: Listing) -> str:
    width = max((len(name) for entries in listing.values() for name, _ in entries), default=0)
    parts = (
        "\n".join([kind, *(f"  {name:<{width}}  {summary}".rstrip() for name, summary in entries)])
        for kind, entries in listing.items()
    )
    return "\n\n".join(parts)


def _verdict_rows(outcome: Verdict, paint: Paint) -> Iterable[tuple[str, str]]:
    report = outcome.report
    for mending in outcome.mended:
        yield from _mending_rows(mending, paint)
    yield "checks", _summary(report.checks, paint)
    for status in _ORDER:
        yield from _told_rows([row for row in report.checks if row.status == status], paint)
    if report.cost:
        yield "cost", _cost_text(report.cost)
    yield "device", _device_text(report)
    yield from (("note", visible(note)) for note in outcome.notes)
    yield "seconds", f"{outcome.seconds:.1f}"


def _told_rows(rows: Sequence[CheckResult], paint: Paint) -> Iterable[tuple[str, str]]:
    """The checks of one status with what they found; those that found the same on one line."""
    alike: dict[tuple[str, str], list[CheckResult]] = {}
    for row in rows:
        alike.setdefault((row.detail, row.hint), []).append(row)
    for (detail, hint), same in alike.items():
        status, names = same[0].status, ", ".join(row.name for row in same)
        yield "", f"{paint(status, status)} {names}: {visible(from_here(detail))}"
        if hint:
            yield "", f"  {paint('hint', 'hint')}: {visible(hint)}"


def mended_diff(outcome: Verdict) -> str:
    """What the repairs changed, or would change, as `patch` takes it; empty where they do nothing."""
    return "".join(mending.diff for mending in outcome.mended)


def _mending_rows(mending: Mending, paint: Paint) -> Iterable[tuple[str, str]]:
    """What was kept and what was dropped, each with the reason."""
    place = f"{mending.file} ({'written' if mending.written else 'not written'})"
    yield "mended", place if mending.kept else f"{mending.file}: nothing"
    for repair in mending.repairs:
        if repair.kept:
            yield "", f"{paint('fixed', 'passed')} {repair.name}: {repair.summary} ({repair.reason})"
        else:
            yield "", f"{paint('dropped', 'skipped')} {repair.name}: {repair.reason}"


def _summary(checks: Sequence[CheckResult], paint: Paint) -> str:
    if not checks:
        return "none was run"
    counts = Counter[str](row.status for row in checks)
    parts = [f"{counts[status]} {paint(status, status)}" for status in ("passed", *_ORDER)]
    return ", ".join(part for part in parts if not part.startswith("0 "))


def _device_text(report: Report) -> str:
    """The device with what was tried there: without CUDA that is a dry run, and no more."""
    tried = [row.detail for row in report.checks if (row.name, row.status) == ("device", "passed")]
    return "; ".join([f"{report.device}, torch {report.torch}", *tried])


def _file_text(outcome: FuseOutcome) -> str:
    said = {"written": "written", "unchanged": "unchanged", "untouched": "not written"}
    return f"{outcome.file} ({said[outcome.file_state]})"


def _use_text(use: ModuleUse) -> str:
    call = _call_text(use.name, use.args)
    return call if use.ref == use.name else f"{call} from {use.ref}"


def _call_text(name: str, args: Arguments) -> str:
    return f"{name}({arguments_text(args)})"


def _shapes_text(shapes: tuple[Shape, ...]) -> str:
    return ", ".join("×".join(map(str, shape)) or "scalar" for shape in shapes)


def _cost_text(cost: Mapping[str, Cost]) -> str:
    """`params 23.3 k → 12.1 k (-48%), flops …`: the host first where there is one."""
    parts = [cost[name] for name in ("host", "fused", "module") if name in cost]
    params, flops = [part.params for part in parts], [part.flops for part in parts]
    return f"params {_course(params)}, flops {_course(flops)}"


def _course(numbers: Sequence[int]) -> str:
    return f"{' → '.join(map(_count, numbers))}{_change(numbers)}"


def _change(numbers: Sequence[int]) -> str:
    if len(numbers) < 2 or numbers[0] == 0:
        return ""
    return f" ({(numbers[-1] - numbers[0]) / numbers[0]:+.0%})"


def _count(number: int) -> str:
    """A count to three digits: `832`, `23.3 k`, `1.2 G`."""
    scaled, units = float(number), iter(("", " k", " M", " G", " T", " P"))
    unit = next(units)
    while abs(scaled) >= 999.5 and unit != " P":
        scaled, unit = scaled / 1000, next(units)
    return f"{scaled:.3g}{unit}" if unit else str(number)


def _lines(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{label:<10}{text}".rstrip() for label, text in rows)


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
