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


def importers(*packages: str) -> set[str]:
    """The modules outside of `packages` that import something in them."""
    return {
        module
        for module in MODULES
        if not within(module, *packages)
        and any(within(name, *packages) for name in imported(module))
    }


def test_only_the_worker_and_the_zoo_import_torch() -> None:
    allowed = ("fusion_cli.runtime", "fusion_cli.zoo")
    strangers = {module for module in importers("torch") if not within(module, *allowed)}
    assert strangers == set()


def test_nothing_imports_the_command_line() -> None:
    front = ("cli", "console", "options", "completion", "report", "answers", "several", "layouts")
    names = [f"fusion_cli.{name}" for name in front]
    assert importers(*names) == {"fusion_cli.__main__"}


def test_only_the_front_imports_the_pipeline() -> None:
    assert importers("fusion_cli.entry") == {"fusion_cli", "fusion_cli.cli", "fusion_cli.several"}
    assert importers("fusion_cli.pipeline") == {"fusion_cli.entry"}


def test_the_model_and_the_errors_rest_on_nothing() -> None:
    for module in ("fusion_cli.model", "fusion_cli.errors"):
        own = {name for name in imported(module) if within(name, "fusion_cli")}
        assert {name for name in own if not within(name, "fusion_cli.errors")} == set()


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
    seen = loaded(f"from fusion_cli.cli import main\nmain({words})")
    assert "typer" in seen
    assert seen & set(HEAVY) == set()


def test_the_parent_never_imports_torch() -> None:
    """Every module that is no part of the worker can be imported without torch."""
    parents = [
        module
        for module in MODULES
        if not within(module, "fusion_cli.runtime", "fusion_cli.zoo", "fusion_cli.__main__")
    ]
    used = {name for module in parents for name in imported(module)}
    ends = [module for module in MODULES if module.startswith("fusion_cli.runtime.")]
    called = [module for module in ends if any(within(name, module) for name in used)]
    assert "torch" not in loaded("\n".join(f"import {name}" for name in [*parents, *called]))
