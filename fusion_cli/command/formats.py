"""The results of a check of several modules: a line each for people, JSON, and what CI reads.

A layout is two functions: what is printed of a result once it is known, and what at the end.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as ET

from fusion_cli.command.outcome_json import check_json, error_json
from fusion_cli.command.outcome_text import Paint, visible
from fusion_cli.model.basics import JSON
from fusion_cli.model.errors import ExitCode, FuseError, gravest
from fusion_cli.model.outcomes import Checked, CheckOutcome, Missed
from fusion_cli.model.report import CheckResult
from fusion_cli.write import from_here

_STATES = ("passed", "warned", "failed", "error", "skipped")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


class _Each(Protocol):
    def __call__(self, result: Checked, paint: Paint) -> str: ...


class _End(Protocol):
    def __call__(self, results: Sequence[Checked], seconds: float, paint: Paint) -> str: ...


@dataclass(frozen=True)
class Format:
    """What is printed of each result, if anything, and at the end."""

    each: _Each
    end: _End


def module_name(result: Checked) -> str:
    """The reference with the class that it stood for: `modules/block.py:Block`."""
    if isinstance(result, Missed) or result.ref.lower().endswith(result.name.lower()):
        return result.ref
    return f"{result.ref}:{result.name}"


def rejection_of(results: Sequence[Checked]) -> FuseError | None:
    """The error that the command ends with, by the gravest of its results."""
    code = gravest(result.exit_code for result in results)
    if code is ExitCode.DONE:
        return None
    counts = {state: _count(results, state) for state in _STATES}
    said = {"failed": "rejected", "error": "that could not be checked"}
    tally = ", ".join(f"{counts[state]} {words}" for state, words in said.items() if counts[state])
    worst = next(result for result in results if result.exit_code is code)
    error = FuseError(
        f"{_number(len(results) - counts['skipped'], 'module')}: {tally}",
        hint=f"`fuse check {shlex.quote(module_name(worst))}` shows the first in full",
    )
    error.exit_code = code
    return error


def verdict_of(result: Checked) -> str:
    """One word for a result; what `--allow` let pass counts as a warning."""
    if isinstance(result, Missed):
        return "error" if result.error else "skipped"
    if not result.ok:
        return "failed"
    doubts = any(row.status in ("warned", "allowed") for row in result.report.checks)
    return "warned" if doubts else "passed"


def _count(results: Iterable[Checked], state: str) -> int:
    return sum(verdict_of(result) == state for result in results)


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# text


def _line(result: Checked, paint: Paint) -> str:
    state = verdict_of(result)
    return f"{paint(f'{state:<8}', state)} {module_name(result)}: {_said(result)}"


def _said(result: Checked) -> str:
    """What there is to say of a result, in one line."""
    if isinstance(result, Missed):
        return _flat(result.error.message if result.error else result.skipped)
    kept = [name for mending in result.mended for name in mending.kept]
    mended = f"mended ({', '.join(kept)}); " if kept else ""
    rows = list(_against(result))
    if not rows:
        return mended + result.contract
    rest = [row.name for row in rows[1:]]
    more = f" (and {', '.join(rest)})" if rest else ""
    return f"{mended}{rows[0].name}: {_flat(from_here(rows[0].detail))}{more}"


def _against(outcome: CheckOutcome) -> Iterator[CheckResult]:
    """The rows that are worth telling, the gravest first."""
    for status in ("failed", "allowed", "warned"):
        yield from (row for row in outcome.report.checks if row.status == status)


def _flat(text: str) -> str:
    return visible(" ".join(text.split()))


def _tally(results: Sequence[Checked], seconds: float, paint: Paint) -> str:
    """`12 modules: 10 passed, 2 failed; 3 files skipped; 14.2 s`."""
    counts = {state: _count(results, state) for state in _STATES}
    skipped = counts.pop("skipped")
    errors = counts.pop("error")
    judged = [f"{number} {paint(state, state)}" for state, number in counts.items() if number]
    judged += [paint(_number(errors, "error"), "error")] if errors else []
    parts = [f"{_number(len(results) - skipped, 'module')}: {', '.join(judged) or 'none'}"]
    parts += [f"{_number(skipped, 'file')} skipped"] if skipped else []
    return "; ".join([*parts, f"{seconds:.1f} s"])


# JSON


def _nothing(result: Checked, paint: Paint) -> str:
    return ""


def _list(results: Sequence[Checked], seconds: float, paint: Paint) -> str:
    return json.dumps([_json(result) for result in results])


def _json(result: Checked) -> JSON:
    """One object; where there is no verdict, every key of one is there all the same."""
    if isinstance(result, CheckOutcome):
        return check_json(result)
    reference = {"ref": result.ref, "skipped": result.skipped or None}
    return {**error_json("check", result.error), **reference}


# GitHub: workflow commands, which show at the lines of a pull request


def _annotations(result: Checked, paint: Paint) -> str:
    if isinstance(result, Missed):
        problems = (
            [("error", "error", result.error.message, result.error.hint)] if result.error else []
        )
    else:
        bad = result.report.rejected_by(result.strict)
        problems = [
            ("error" if row in bad else "warning", row.name, from_here(row.detail), row.hint)
            for row in _against(result)
        ]
    return "\n".join(
        _command(level, _place(result, text), f"{module_name(result)}: {what}", text, hint)
        for level, what, text, hint in problems
    )


def _command(level: str, place: Mapping[str, str], title: str, text: str, hint: str) -> str:
    """`::error file=…,line=…,title=…::…`, escaped as GitHub's own toolkit does it."""
    properties = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in {**place, "title": title}.items()
    )
    message = f"{text}\nhint: {hint}" if hint else text
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _place(result: Checked, text: str) -> dict[str, str]:
    """The file and the line that a message is about: one that it names, else where the class begins.

    The path is given from the working directory, which in CI is the repository.
    """
    path, line = (
        (_path_in(result.ref), 1) if isinstance(result, Missed) else (result.path, result.line)
    )
    if not path:
        return {}
    named = re.search(rf"{re.escape(Path(path).name)}:(\d+)|\bline (\d+)", text)
    line = int(named[1] or named[2]) if named else line
    here = os.path.relpath(path)
    return {"file": path if here.startswith("..") else here, "line": str(line)}


def _path_in(ref: str) -> str:
    """The file of a reference, if it is one to a file."""
    found = re.fullmatch(r"(.*\.pyw?)(?::\w*)?", ref)
    return found[1] if found else ""


# JUnit: one suite a module, one case a check; what Jenkins' and GitLab's readers take


def _junit(results: Sequence[Checked], seconds: float, paint: Paint) -> str:
    suites = [_suite(result) for result in results]
    root = ET.Element("testsuites", name="fuse check", time=f"{seconds:.3f}")
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _suite(result: Checked) -> ET.Element:
    if isinstance(result, Missed):
        cases = [_missed_case(result)]
    else:
        cases = [_case(result, row) for row in result.report.checks]
    seconds = 0.0 if isinstance(result, Missed) else result.seconds
    suite = ET.Element("testsuite", name=_clean(module_name(result)), tests=str(len(cases)))
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for key, tag in kinds.items():
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")
    suite.extend(cases)
    return suite


def _missed_case(missed: Missed) -> ET.Element:
    case = _element("testcase", classname=missed.ref, name="module", time="0", **_place(missed, ""))
    if missed.error is None:
        case.append(_element("skipped", message=missed.skipped))
    else:
        error = missed.error
        text = "\n".join(filter(None, [error.message, error.lines, error.hint]))
        case.append(_element("error", text, message=error.message, type=error.kind))
    return case


def _case(outcome: CheckOutcome, row: CheckResult) -> ET.Element:
    place = _place(outcome, row.detail)
    case = _element(
        "testcase",
        classname=module_name(outcome),
        name=row.name,
        time=f"{row.seconds:.3f}",
        **place,
    )
    text = "\n".join(filter(None, [row.detail, row.hint]))
    if row in outcome.report.rejected_by(outcome.strict):
        case.append(_element("failure", text, message=row.detail, type=row.status))
    elif row.status == "skipped":
        case.append(_element("skipped", message=row.detail))
    elif row.status != "passed":
        case.append(_element("system-out", f"{row.status}: {text}"))
    return case


def _element(tag: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.Element(tag, {name: _clean(value) for name, value in attributes.items()})
    made.text = _clean(text) or None
    return made


def _clean(text: str) -> str:
    """Text without the characters that no XML can hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


JSON_LIST = Format(_nothing, _list)
FORMATS: Mapping[str, Format] = {
    "text": Format(_line, _tally),
    "github": Format(_annotations, _tally),
    "junit": Format(_nothing, _junit),
}
