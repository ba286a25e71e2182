"""`imports`: a clean interpreter imports the file alone, and nothing else happens."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    failed,
    passed,
    skipped,
    warned,
    worst,
)
from fusion_cli.runtime.global_state import (
    importable,
    patched,
    reseeded,
    seeded,
    watched,
)
from fusion_cli.runtime.subject import Subject

_PROGRAM = "leave it to the program"
KEPT = ("__name__", "__file__", "__package__", "__spec__", "__path__", "__loader__", "__cached__")


def check(context: Context) -> Outcome:
    """Execute the text in a fresh namespace (twice, to tell drawing random numbers from seeding).

    State of the process that changes fails: it would change whatever else the program does.
    Something printed, a file or folder left in the working directory (a new one, where nobody else
    writes), and warnings or a search path that are changed for the whole program, warn. Modules that the file imports have been imported
    before, so what they do is not seen here. Skipped: the file, which has been imported to be tried,
    cannot be a second time, as one that registers its classes.
    """
    subject = context.subject
    out = io.StringIO()
    with (
        _new_folder() as written,
        _cuda_calls() as cuda,
        _program() as program,
        watched() as changed,
        _quiet(out),
    ):
        try:
            seeds = reseeded(lambda: executed(subject))
        except (Exception, SystemExit) as error:
            return skipped(f"the file runs once in a process: {context.told(error)}")
    findings = [
        failed(f"importing changes {name}", "leave global settings to the program")
        for name in changed
    ]
    findings += [
        failed(f"importing seeds the random generator of {name}", "seed in the program, not here")
        for name in seeds
    ]
    findings += [*_traces(out.getvalue(), written), *program, *cuda]
    return worst(findings, passed("imports alone, without a side effect"))


def executed(subject: Subject) -> dict[str, Any]:
    """The globals of the file when its text is run once more, as another process would run it."""
    kept = {name: subject.namespace[name] for name in KEPT if name in subject.namespace}
    name = kept.setdefault("__name__", subject.cls.__module__)
    with importable(name, kept) as fresh:
        exec(compile(subject.text, subject.path, "exec"), fresh)
    return fresh


def afresh(subject: Subject) -> Subject:
    """The subject as another process would have it, whose random numbers at import are others.

    A file that cannot be run twice (one that registers its classes) stays as it is.
    """
    try:
        with seeded(23), _quiet(io.StringIO()):
            namespace = executed(subject)
        return replace(subject, cls=namespace[subject.cls.__name__], namespace=namespace)
    except (Exception, SystemExit):
        return subject


def _traces(printed: str, written: list[str]) -> Iterator[Outcome]:
    if printed.strip():
        line = printed.strip().splitlines()[0][:60]
        yield warned(f'importing prints "{line}"', "print under `if __name__ == '__main__':`")
    if written:
        yield warned(
            f"importing writes {', '.join(written)}", "write under `if __name__ == '__main__':`"
        )


@contextlib.contextmanager
def _new_folder() -> Iterator[list[str]]:
    """Work in an empty folder and give the files and empty folders that the body leaves in it."""
    before, left = Path.cwd(), list[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        try:
            yield left
            leaves = (path for path in folder.rglob("*") if not _is_filled(path))
            left += sorted(path.relative_to(folder).as_posix() for path in leaves)
        finally:
            os.chdir(before)


def _is_filled(path: Path) -> bool:
    return path.is_dir() and any(path.iterdir())


@contextlib.contextmanager
def _program() -> Iterator[list[Outcome]]:
    """Give a warning for each list of the program's that is changed; it is put back.

    The warnings' filters start out as one that no file would add, since one that is added twice
    changes nothing.
    """
    found: list[Outcome] = []
    paths = [*sys.path]
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filterwarnings("ignore", module=".*")
        filters = [*warnings.filters]
        try:
            yield found
        finally:
            if [*warnings.filters] != filters:
                found.append(warned("importing changes the filters of warnings", _PROGRAM))
            if sys.path != paths:
                found.append(warned("importing changes sys.path", _PROGRAM))
                sys.path[:] = paths


@contextlib.contextmanager
def _quiet(out: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        yield


@contextlib.contextmanager
def _cuda_calls() -> Iterator[list[Outcome]]:
    """Give a failure for every `.cuda()`; such a call does nothing meanwhile."""
    calls: list[Outcome] = []

    def cuda(thing: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(failed("importing calls `.cuda()`", "leave the device to the program"))
        return thing

    with patched(torch.Tensor, "cuda", cuda), patched(torch.nn.Module, "cuda", cuda):
        yield calls
