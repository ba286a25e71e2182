"""Keyword arguments that a written class has beyond those of its host's constructor."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from fusion_cli.model.keyword import Keyword
from fusion_cli.syntax.tree import expression, walk


def with_keywords(source: str, keywords: Sequence[Keyword]) -> str:
    """The source of a class whose `__init__` takes `keywords` last.

    Where the host annotates none of its parameters, these have no annotations either.
    """
    if not keywords:
        return source
    tree = cst.parse_module(source)
    init = next(
        node
        for node in walk(tree)
        if isinstance(node, cst.FunctionDef) and node.name.value == "__init__"
    )
    extended = tree.deep_replace(init.params, _extended(init.params, keywords))
    return cst.ensure_type(extended, cst.Module).code


def _extended(params: cst.Parameters, keywords: Sequence[Keyword]) -> cst.Parameters:
    typed = any(isinstance(node, cst.Param) and node.annotation for node in walk(params))
    new = [_parameter(keyword, typed) for keyword in keywords]
    if params.kwonly_params or isinstance(params.star_arg, cst.Param):
        return params.with_changes(kwonly_params=[*params.kwonly_params, *new])
    return params.with_changes(params=[*params.params, *new])


def _parameter(keyword: Keyword, typed: bool) -> cst.Param:
    annotation = keyword.annotation if typed else ""
    return cst.Param(
        name=cst.Name(keyword.name),
        annotation=cst.Annotation(expression(annotation)) if annotation else None,
        default=expression(keyword.default),
        star="",
    )
