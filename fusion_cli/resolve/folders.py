"""From what is named for a check (references, files, folders) to the classes that are checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fusion_cli.model.errors import BadFile, FuseError
from fusion_cli.model.outcomes import Missed
from fusion_cli.model.requests import CheckRequest
from fusion_cli.resolve.choose import classes_meant
from fusion_cli.resolve.references import open_file
from fusion_cli.write import regular

_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")  # what makes a folder one of installed packages


@dataclass(frozen=True)
class Found:
    """One class to check. `named`: the user named it, so that it must be a module."""

    request: CheckRequest
    named: bool


def references_in(requests: Iterable[CheckRequest], each: bool) -> Iterator[Found | Missed]:
    """What is to be checked, in the order of the requests and within a folder of the paths.

    Of a file in a folder it is the class that the file alone would stand for, or, where that is
    not clear, each that no other class of the file uses; a file without a module is passed over.
    With `each` the files that are named are taken so too.
    """
    for request in dict.fromkeys(requests):
        path = Path(request.ref).expanduser()
        if request.ref and path.is_dir():
            yield from _in_folder(request, path)
        elif each and path.is_file():
            yield from _in_file(request, path)
        else:
            yield Found(request, named=True)


def _in_folder(request: CheckRequest, folder: Path) -> Iterator[Found | Missed]:
    paths = sorted(_python_files(folder))
    results = [result for path in paths for result in _in_file(request, path)]
    yield from results
    if not any(isinstance(result, Found) or result.error for result in results):
        error = BadFile(f"no file in {folder} holds a module", "name the folder of the modules")
        yield Missed(ref=str(folder), error=error)


def _python_files(folder: Path) -> Iterator[Path]:
    """The files below a folder that are the user's own: not hidden, not in an environment."""
    for name, inner, files in os.walk(folder):
        here = Path(name)
        inner[:] = [name for name in inner if not _is_foreign(here / name)]
        yield from (here / file for file in files if file.endswith(".py") and file[0] != ".")


def _is_foreign(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return hidden or any((folder / environment).exists() for environment in _ENVIRONMENTS)


def _in_file(request: CheckRequest, path: Path) -> Iterator[Found | Missed]:
    try:
        if regular(path) and not path.read_bytes().strip():
            yield Missed(ref=str(path), skipped="it is empty")
            return
        names = classes_meant(open_file(path)[0])
    except OSError as error:
        yield Missed(ref=str(path), error=BadFile(f"{path} cannot be read: {error.strerror}"))
    except FuseError as error:
        yield Missed(ref=str(path), error=error)
    else:
        yield from (Found(replace(request, ref=f"{path}:{name}"), named=False) for name in names)
        if not names:
            yield Missed(ref=str(path), skipped="no class in it is an nn.Module")
