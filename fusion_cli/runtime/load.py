"""Source text in, a live namespace out: files are executed by path, never by import name."""

from __future__ import annotations

import hashlib
import importlib
import linecache
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from fusion_cli.errors import BadFile, FuseError


def load(text: str, path: str, module: str | None = None) -> dict[str, Any]:
    """Execute `text` as the file `path` and return its globals.

    `module` is the dotted name of a file that belongs to a package: it is imported where the
    package holds this very text, since many packages register what a file defines and refuse it a
    second time; else the text is executed with the package's relative imports. The folder of any
    other file is put at the front of `sys.path`, for modules beside it. The `__name__` is never
    `__main__`, so that no demo runs, and the module stays in `sys.modules`, which pickle and
    dataclasses need.

    Raises BadFile where the text does not compile, needs a package that is not installed, or
    raises while it is executed.
    """
    imported = _imported(text, path, module) if module else None
    if imported:
        return imported.__dict__
    try:
        code = compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise BadFile(f"{path} is not Python: {error}", lines=_syntax_lines(error)) from None
    show_lines_of(text, path)
    loaded = _new_module(text, path, module)
    argv, sys.argv = sys.argv, [path]  # a parser of arguments at module level sees none
    try:
        exec(code, loaded.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[loaded.__name__]
        raise _import_error(error, path) from error
    finally:
        sys.argv = argv
    return loaded.__dict__


def show_lines_of(text: str, path: str) -> None:
    """Let tracebacks and `inspect` show this text for `path`, whatever the disk holds."""
    lines = text.splitlines(keepends=True)
    linecache.cache[path] = (len(text), None, lines, path)


def user_lines(error: BaseException, path: str) -> str:
    """The lines of `path` at which `error` was raised, outermost first, or the empty string."""
    frames = traceback.extract_tb(error.__traceback__)
    return "".join(
        f"  {Path(path).name}:{frame.lineno}, in {frame.name}\n    {frame.line}\n"
        for frame in frames
        if frame.filename == path
    ).rstrip("\n")


def _imported(text: str, path: str, module: str) -> ModuleType | None:
    """The package's own module of that name, if it is this file with this text."""
    try:
        found = importlib.import_module(module)
        file = Path(str(found.__file__))
        same = file.samefile(path) and file.read_text(encoding="utf-8") == text
    except Exception:
        return None  # the text is executed instead, and what is wrong with it is told then
    return found if same else None


def _new_module(text: str, path: str, module: str | None) -> ModuleType:
    package = module.rpartition(".")[0] if module else ""
    stem = re.sub(r"\W", "_", Path(path).stem)
    digest = hashlib.sha256(f"{path}\0{text}".encode()).hexdigest()[:8]
    name = f"{package}.{stem}_{digest}".lstrip(".")
    while name in sys.modules:
        name += "_"
    made = ModuleType(name)
    made.__file__ = path
    made.__package__ = package
    if package:
        _import_package(package, path)
    else:
        _enter_folder(str(Path(path).resolve().parent))
    sys.modules[name] = made
    return made


def _import_package(package: str, path: str) -> None:
    try:
        importlib.import_module(package)
    except Exception as error:
        raise _import_error(error, path) from error


_folders: set[str] = set()


def _enter_folder(folder: str) -> None:
    """Put `folder` at the front of `sys.path`.

    A module beside an earlier file gives way where this folder holds one of the same name: two
    papers' `utils.py` are two modules.
    """
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        beside = bool(file) and str(Path(str(file)).parent) in _folders - {folder}
        if beside and any((Path(folder) / found).exists() for found in (name, f"{name}.py")):
            del sys.modules[name]
    _folders.add(folder)
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()


def _syntax_lines(error: Exception) -> str:
    if not isinstance(error, SyntaxError) or not error.text:
        return ""
    return f"  line {error.lineno}\n    {error.text.strip()}"


def _import_error(error: BaseException, path: str) -> FuseError:
    lines = user_lines(error, path)
    if isinstance(error, ModuleNotFoundError) and error.name:
        root = error.name.partition(".")[0]
        if error.name == root and root not in sys.modules:
            return BadFile(
                f"{path} needs the package `{root}`, which is not installed",
                hint=f"install what provides `{root}` (often `pip install {root}`), "
                "or put the module beside the file",
                lines=lines,
            )
        return BadFile(
            f"{path} imports `{error.name}`, which the installed `{root}` does not have",
            hint=f"install the version of `{root}` that the file was written for",
            lines=lines,
        )
    if isinstance(error, NameError):
        return BadFile(f"{path} uses a name it never defines: {error}", lines=lines)
    return BadFile(
        f"{path} cannot be imported: {type(error).__name__}: {error}",
        hint='code at module level runs at import; keep demos under `if __name__ == "__main__":`',
        lines=lines,
    )
