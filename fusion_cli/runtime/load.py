"""Source text in, a live namespace out: files are executed by path, never by import name."""

from __future__ import annotations

import ast
import hashlib
import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from fusion_cli.model.errors import BadFile, FuseError
from fusion_cli.runtime import helpers
from fusion_cli.runtime.global_state import patched, watched
from fusion_cli.runtime.tracebacks import show_lines_of, user_lines
from fusion_cli.syntax.read import parse
from fusion_cli.syntax.statements import first_line

_QUOTED = re.compile("'([^']*)'")


def load(
    text: str, path: str, module: str | None = None, folder: str | None = None
) -> dict[str, Any]:
    """Execute `text` as the file `path` and return its globals.

    `module` is the dotted name of a file that belongs to a package. It is imported, since many
    packages register what a file defines and refuse it a second time; of a text that differs from
    the package's own only the statements that differ are executed. Any other file may
    import the modules around it, and those in the user's working `folder`. The `__name__` is never
    `__main__`, so that no demo runs, and the module stays in `sys.modules`, which pickle and
    dataclasses need.

    Raises BadFile where the text does not compile, needs a package that is not installed, or
    raises while it is executed.
    """
    imported = _imported(path, module) if module else None
    original = Path(path).read_text(encoding="utf-8") if imported else ""
    if imported and text == original:
        return imported.__dict__
    try:
        new = _differing(text, original)
        code = compile(new, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise BadFile(f"{path} is not Python: {error}", lines=_syntax_lines(error)) from None
    show_lines_of(text, path)
    if not module:
        helpers.enter(Path(path).absolute(), folder)
    loaded = _new_module(text, path, _package(text, path, module))
    known = vars(imported) if imported else {}
    vars(loaded).update({name: value for name, value in known.items() if not name.startswith("__")})
    try:
        # A parser of arguments at module level sees none, and global settings are not kept.
        with patched(sys, "argv", [path]), watched():
            exec(code, loaded.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[loaded.__name__]
        raise _import_error(error, path) from error
    return loaded.__dict__


def _imported(path: str, module: str) -> ModuleType | None:
    """The package's own module of that name, if it is this file."""
    try:
        found = importlib.import_module(module)
        return found if Path(str(found.__file__)).samefile(path) else None
    except Exception:
        return None  # the text is executed instead, and what is wrong with it shows then


def _differing(text: str, original: str) -> ast.Module:
    """The statements of a text that another does not hold as they are, all where it is empty."""
    known = set(_statements(original).values())
    tree = ast.parse(text)
    tree.body = [
        node
        for node, own in _statements(text, tree).items()
        if own not in known or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
    ]
    return tree


def _statements(text: str, tree: ast.Module | None = None) -> dict[ast.stmt, str]:
    """The statements at the top of a file and their texts, decorators with them."""
    lines = text.splitlines()
    found = {}
    for node in (tree or ast.parse(text)).body:
        found[node] = "\n".join(lines[first_line(node) - 1 : node.end_lineno])
    return found


def _package(text: str, path: str, module: str | None) -> str:
    """The package that a file's relative imports start from, or the empty string."""
    if module:
        package = module.rpartition(".")[0]
        _import_package(package, path)
        return package
    imports = (node for node in ast.walk(parse(text)) if isinstance(node, ast.ImportFrom))
    relative = any(node.level for node in imports)
    return helpers.package_of(Path(path).absolute().parent) if relative else ""


def _new_module(text: str, path: str, package: str) -> ModuleType:
    stem = re.sub(r"\W", "_", Path(path).stem)
    digest = hashlib.sha256(f"{path}\0{text}".encode()).hexdigest()[:8]
    name = f"{package}.{stem}_{digest}".lstrip(".")
    while name in sys.modules:
        name += "_"
    made = ModuleType(name)
    made.__file__ = path
    made.__package__ = package
    sys.modules[name] = made
    return made


def _import_package(package: str, path: str) -> None:
    try:
        if package:
            importlib.import_module(package)
    except Exception as error:
        raise _import_error(error, path) from error


def _syntax_lines(error: Exception) -> str:
    if not isinstance(error, SyntaxError) or not error.text:
        return ""
    return f"  line {error.lineno}\n    {error.text.strip()}"


def _import_error(error: BaseException, path: str) -> FuseError:
    if isinstance(error, FuseError):
        return error
    where = helpers.raised_in(error) or path
    lines = user_lines(error, where)
    if isinstance(error, ImportError) and error.name:
        message, hint = _missing(error, where)
        return BadFile(message, hint, lines)
    if isinstance(error, NameError):
        return BadFile(f"{where} uses a name it never defines: {error}", lines=lines)
    return BadFile(
        f"{where} cannot be imported: {type(error).__name__}: {error}",
        hint='code at module level runs at import; keep demos under `if __name__ == "__main__":`',
        lines=lines,
    )


def _from_above(root: str, where: str) -> str:
    """How to have a module that lies in a folder above the file: it is no package to install."""
    for folder in Path(where).absolute().parents:
        if (folder / root).is_dir() or (folder / f"{root}.py").is_file():
            return f"`{root}` is in {folder}: run fuse from there"
    return ""


def _missing(error: ImportError, where: str) -> tuple[str, str]:
    """What an import lacks, and where it could come from."""
    name = str(error.name)
    root = name.partition(".")[0]
    folder = helpers.folder_of(name)
    if isinstance(error, ModuleNotFoundError) and folder:
        return (
            f"{where} imports `{folder.name}` from {folder.parent}, where it is not",
            f"put `{folder.name}.py` there",
        )
    if isinstance(error, ModuleNotFoundError) and name == root and root not in sys.modules:
        return (
            f"{where} needs the package `{root}`, which is not installed",
            _from_above(root, where)
            or f"install what provides `{root}`, or put it beside the file",
        )
    version = f"install the version of `{root}` that the file was written for"
    if isinstance(error, ModuleNotFoundError):
        return f"{where} imports `{name}`, which the installed `{root}` does not have", version
    wanted = getattr(error, "name_from", None) or _QUOTED.findall(str(error))[0]
    if folder or helpers.is_helper(name):
        source = error.path or name
        return f"{where} imports `{wanted}` from {source}, which does not define it", ""
    return f"{where} imports `{wanted}` from `{name}`, which does not have it", version
