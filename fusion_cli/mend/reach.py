"""What a class needs of its own file: whoever changes the class leaves the rest alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from fusion_cli.model.sources import ModuleSource
from fusion_cli.resolve.collect import Collector
from fusion_cli.resolve.follow import Follower
from fusion_cli.syntax.modules import of_source
from fusion_cli.syntax.read import parse
from fusion_cli.syntax.statements import first_line

_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def needed(source: ModuleSource) -> frozenset[str]:
    """The classes and functions of its file that a class is made of, itself among them.

    Raises:
        CannotFuse: It uses a helper file as a module.
        BadFile: A helper file that it needs is no Python.
    """
    module = of_source(replace(source, origin="file"))
    collector = Collector(Follower(frozenset({"file"})), [module])
    collector.want(module, source.name, source.name)
    reached = {index for owner, index in collector.units if owner is module}
    definitions = (module.body[index] for index in reached)
    return frozenset(
        definition.name for definition in definitions if isinstance(definition, _DEFINITIONS)
    )


def lines_apart(text: str, names: frozenset[str]) -> Iterator[range]:
    """The lines, from 0, of the classes and functions at the top of a file with other names."""
    for node in parse(text).body:
        if isinstance(node, _DEFINITIONS) and node.name not in names:
            yield range(first_line(node) - 1, node.end_lineno or node.lineno)
