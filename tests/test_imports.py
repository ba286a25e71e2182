"""Imports point one way, and what is slow to import is imported where it is used."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "fusion_cli"
FLOORS = (  # from the roof down: each imports from those below it, and from itself
    *("__main__", "__init__", "command", "pipeline", "fusing", "recipe", "mend", "verify"),
    *("render", "fit", "study", "patterns", "worker", "runtime", "resolve", "syntax"),
    *("write", "model", "zoo"),
)
HEAVY = ("torch", "libcst", "black", "jinja2", "rich", "numpy")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(module: str) -> Iterator[str]:
    """The absolute names of all that a module imports anywhere in its text."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def room(name: str) -> str:
    """The folder of the package, or the file at its root, that a dotted name is in."""
    first = name.removeprefix("fusion_cli").removeprefix(".").partition(".")[0]
    return first if first in FLOORS else "__init__"


def importers(*packages: str) -> set[str]:
    """The modules outside of `packages` that import something in them."""
    return {
        module
        for module in MODULES
        if not within(module, *packages)
        and any(within(name, *packages) for name in imported(module))
    }


def test_every_folder_has_a_floor() -> None:
    assert {room(module) for module in MODULES} == set(FLOORS)


@pytest.mark.parametrize("floor", FLOORS)
def test_arrows_point_downwards(floor: str) -> None:
    upward = {
        f"{module} -> {name}"
        for module in MODULES
        if room(module) == floor
        for name in imported(module)
        if within(name, "fusion_cli") and name != "fusion_cli.__version__"
        if FLOORS.index(room(name)) < FLOORS.index(floor)
    }
    assert upward == set()


def test_only_the_worker_and_the_zoo_import_torch() -> None:
    allowed = ("fusion_cli.runtime", "fusion_cli.zoo")
    strangers = {module for module in importers("torch") if not within(module, *allowed)}
    assert strangers == set()


def test_only_the_entry_of_the_worker_imports_the_runtime() -> None:
    assert importers("fusion_cli.runtime") == {"fusion_cli.worker.zygote"}


def test_only_the_front_imports_the_pipeline() -> None:
    front = {"fusion_cli", "fusion_cli.command.cli", "fusion_cli.command.several"}
    assert importers("fusion_cli.command.entry") == front
    assert importers("fusion_cli.pipeline") == {"fusion_cli.command.entry"}


def loaded(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has imported after running `code`."""
    told = f"{code}\nimport sys\nprint('\\n', *{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], ["list"], ["replace", "--help"], ["frob"]])
def test_help_and_list_import_nothing_heavy(words: list[str]) -> None:
    seen = loaded(f"from fusion_cli.command.cli import main\nmain({words})")
    assert "typer" in seen
    assert seen & set(HEAVY) == set()


def test_the_parent_never_imports_torch() -> None:
    """Every module that is no part of the worker can be imported without torch."""
    parents = [
        module
        for module in MODULES
        if not within(module, "fusion_cli.runtime", "fusion_cli.zoo", "fusion_cli.__main__")
        and module != "fusion_cli.worker.zygote"
    ]
    assert "torch" not in loaded("\n".join(f"import {name}" for name in parents))
