"""The modules that a loose file imports from the folders around it.

They are found by folder and read as the file itself is: in any encoding, with what they forget
supplied, without bytecode beside them. The `__init__.py` of a folder runs only when a name is asked
for that it alone gives: in a repository it imports all there is, and needs packages that a block
does not.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from fusion_cli.resolve.loose import read_loose
from fusion_cli.runtime.tracebacks import show_lines_of
from fusion_cli.syntax.modules import package_root
from fusion_cli.syntax.names import bindings
from fusion_cli.syntax.read import parse

_TOP = "folders"  # the package that stands for the root of the file system
_run: set[str] = set()  # the helper files that were run, or tried


def enter(path: Path, folder: str | None) -> None:
    """Let imports find the modules around the file `path`, and in the user's working `folder` last.

    As in `source.modules.locate`, those beside the file hide installed ones, but none of the
    standard library. A helper of an earlier file gives way to another of its name: two papers'
    `utils.py` are two modules.
    """
    beside = [str(path.parent), str(package_root(path))]
    _first.folders = beside
    _last.folders = [*beside, *([folder] if folder else [])]
    if _first not in sys.meta_path:
        sys.meta_path.insert(_place_of_path_finder(), _first)
        sys.meta_path.append(_last)
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(module, "__loader__", None), _Loader):
            found = None if "." in name else _first.find_spec(name)
            if found and found.origin != module.__file__:
                _forget(name)


def package_of(folder: Path) -> str:
    """The name of the package that a folder is to the relative imports of its files."""
    parents = [*reversed(folder.parents), folder]
    name = _TOP
    for depth, parent in enumerate(parents):
        name = f"{name}.{_atom(parent.name)}" if depth else _TOP
        if name not in sys.modules:
            sys.modules[name] = _package(ModuleSpec(name, None, is_package=True), parent)
    return name


def folder_of(name: str) -> Path | None:
    """The place in the file system that a dotted name of these folders stands for."""
    parent, _, last = name.rpartition(".")
    module = sys.modules.get(parent)
    return Path(module.__path__[0]) / last if isinstance(module, _Package) else None


def is_helper(name: str) -> bool:
    """Whether a loaded module is a helper file."""
    return isinstance(getattr(sys.modules.get(name), "__loader__", None), _Loader)


def raised_in(error: BaseException) -> str | None:
    """The innermost helper file that an exception came through."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.filename for frame in reversed(frames) if frame.filename in _run), None)


class _Package(ModuleType):
    """A folder as a package, which runs its `__init__.py` when it must."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        folder = Path(self.__path__[0])
        own = _names_of(folder / "__init__.py")
        if own is not None and (name in own or not _has_submodule(folder, name)):
            if not self.__dict__.get("_ran"):
                self._ran = True
                _Loader(self.__name__, str(folder / "__init__.py")).exec_module(self)
            if name in self.__dict__:
                return self.__dict__[name]
        if _has_submodule(folder, name):
            return import_module(f"{self.__name__}.{name}")
        raise AttributeError(f"{folder.name} has no `{name}`")


class _Loader(SourceFileLoader):
    """Runs a helper file as it would be carried; a folder's own file runs later."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        if spec.submodule_search_locations is None:
            return None
        return _package(spec, Path(self.path).parent)

    def exec_module(self, module: ModuleType) -> None:
        if not isinstance(module, _Package) or module.__dict__.get("_ran"):
            super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType:
        text = self.get_source(fullname)
        show_lines_of(text, self.path)
        _run.add(self.path)
        return compile(text, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:
        return read_loose(Path(self.path))[0]


class _Finder(MetaPathFinder):
    """Finds helpers in its folders and in the packages that lie there."""

    def __init__(self, accepts_bare_folders: bool) -> None:
        self.folders: list[str] = []
        self._accepts_bare_folders = accepts_bare_folders

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of that name, or None where it is none of these helpers."""
        parent = fullname.rpartition(".")[0]
        if not parent and fullname in sys.stdlib_module_names:
            return None
        if parent and not isinstance(sys.modules.get(parent), _Package):
            return None
        found = PathFinder.find_spec(fullname, path if parent else self.folders)
        if found is None or isinstance(found.loader, SourceFileLoader):
            return _lenient(found) if found else None
        return _lenient(found) if self._accepts_bare_folders or parent else None


_first, _last = _Finder(accepts_bare_folders=False), _Finder(accepts_bare_folders=True)


def _place_of_path_finder() -> int:
    """Behind what finds built-in modules, before what finds installed ones."""
    return sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)


def _lenient(spec: ModuleSpec) -> ModuleSpec:
    """The same module, run by the loader of helpers; one that is no Python source as it is."""
    if spec.submodule_search_locations is not None:
        folder = Path(next(iter(spec.submodule_search_locations)))
        spec.loader = _Loader(spec.name, str(folder / "__init__.py"))
    elif isinstance(spec.loader, SourceFileLoader):
        spec.loader = _Loader(spec.name, str(spec.origin))
    return spec


def _package(spec: ModuleSpec, folder: Path) -> _Package:
    made = _Package(spec.name)
    made.__path__ = [str(folder)]
    made.__spec__ = spec
    made.__package__ = spec.name
    return made


def _names_of(path: Path) -> set[str] | None:
    """The names that a file binds, or None where there is no such file."""
    if not path.is_file():
        return None
    return {name for node in parse(read_loose(path)[0]).body for name in bindings(node)}


def _has_submodule(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _forget(name: str) -> None:
    """Take a helper and what lies in it out of the loaded modules."""
    for other in [
        module for module in sys.modules if module == name or module.startswith(f"{name}.")
    ]:
        del sys.modules[other]


def _atom(name: str) -> str:
    """A folder's name as one part of a dotted name, unlike that of any other folder."""
    return re.sub(r"\W", lambda match: f"_{ord(match.group()):x}_", name)
