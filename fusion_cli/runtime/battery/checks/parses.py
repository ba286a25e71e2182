"""`parses`: the text is Python and binds every name that it uses."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from fusion_cli.resolve.supply import customary_import
from fusion_cli.runtime.battery.context import (
    Context,
    Outcome,
    failed,
    passed,
    warned,
    worst,
)
from fusion_cli.runtime.battery.names import (
    Use,
    missing,
    reached,
    stars,
    unused_imports,
)
from fusion_cli.runtime.subject import Subject


def check(context: Context) -> Outcome:
    """Compile the text and look up every name that it reads.

    A name that is missing where the class (or importing the file) reaches it fails; elsewhere in
    the file it warns. So does one that was supplied here, which the file by itself lacks. Unused
    imports are looked for in generated files only: in a person's file they are taste. Fooled by
    names that are bound at run time through `globals()`.
    """
    subject = context.subject
    try:
        tree = ast.parse(subject.text)
        compile(tree, subject.path, "exec")
    except SyntaxError as error:
        return failed(f"{error.msg} ({subject.path}:{error.lineno})")
    findings = [*_missing(subject, tree, context.supplied)]
    if context.fusion:
        findings += [
            warned(f"`{use.name}` is imported and never used ({subject.path}:{use.line})")
            for use in unused_imports(tree)
        ]
    return worst(findings, passed("compiles; every name is bound"))


def _missing(subject: Subject, tree: ast.Module, supplied: frozenset[str]) -> Iterator[Outcome]:
    known = frozenset(subject.namespace) if stars(tree) else frozenset[str]()
    uses = missing(subject.text, tree, known - supplied, supplied)
    lines = reached(tree, subject.cls.__name__) if uses else frozenset()
    for use in uses:
        severity = failed if use.line in lines else warned
        yield severity(
            f"`{use.name}` is used but never defined or imported ({subject.path}:{use.line})",
            _mend(use),
        )


def _mend(use: Use) -> str:
    if statement := customary_import(use.name):
        return f"add `{statement}`"
    if use.name in sys.stdlib_module_names:
        return f"add `import {use.name}`"
    return f"define or import `{use.name}`"
