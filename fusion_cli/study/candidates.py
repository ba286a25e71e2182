"""Expressions of a constructor that may stand for a number of channels or a stride.

None of them is believed: each is evaluated where it would stand, in every run of the host, and
kept only if it gave the observed number every time.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from fusion_cli.study.analyse import HostClass
from fusion_cli.syntax.tree import (
    assigned_names,
    code,
    reads,
    self_attribute,
    stores,
    walk,
)

_PURE = {"int", "max", "min", "round", "abs", "len", "sum"}
_ARITHMETIC = (cst.Name, cst.Attribute, cst.Subscript, cst.BinaryOperation, cst.Call, cst.IfExp)


def candidates(host: HostClass) -> dict[int, list[str]]:
    """The expressions to try at each statement of the constructor's own block."""
    init = host.methods.get("__init__")
    if init is None:
        return {}
    texts = _texts(host, init)
    return {
        number: texts for number, line in host.scopes.items() if host.parents.get(line) is init.body
    }


def own_expressions(host: HostClass, paths: Sequence[str]) -> list[str]:
    """The arguments of the declarations of some submodules: the first choice, in their order."""
    lines = [line for path in paths for line in host.declarations(path.split(".")[0])]
    values = [arg.value for line in lines for arg in walk(line) if isinstance(arg, cst.Arg)]
    return list(dict.fromkeys(_in_one_line(value) for value in values if _is_arithmetic(value)))


def _texts(host: HostClass, init: cst.FunctionDef) -> list[str]:
    parameters = [*init.params.posonly_params, *init.params.params, *init.params.kwonly_params]
    names = [parameter.name.value for parameter in parameters if parameter.name.value != "self"]
    leaking = {name for node in walk(init) if isinstance(node, cst.For) for name in stores(node)}
    locals_ = sorted(stores(init.body) - leaking)
    attributes = [
        f"self.{self_attribute(target.target)}"
        for node in walk(init)
        if isinstance(node, cst.Assign)
        for target in node.targets
        if self_attribute(target.target) and _is_arithmetic(node.value)
    ]
    counted = _counted(init)
    values = [node.value for node in walk(init) if isinstance(node, cst.Arg)]
    written = [
        _in_one_line(value)
        for value in values
        if _is_arithmetic(value) and not counted & {name.value for name in reads(value)}
    ]
    return list(dict.fromkeys([*names, *locals_, *attributes, *written]))


def _counted(init: cst.FunctionDef) -> set[str]:
    """The names that loops count with: behind a loop they are what its last round left."""
    targets = [node.target for node in walk(init) if isinstance(node, cst.For | cst.CompFor)]
    return set().union(*map(assigned_names, targets))


def _in_one_line(node: cst.BaseExpression) -> str:
    """The source of an expression; the call around it may have let it stand on several lines."""
    text = code(node)
    return ast.unparse(ast.parse(f"({text}\n)", mode="eval")) if "\n" in text else text


def _is_arithmetic(node: cst.BaseExpression) -> bool:
    """Whether evaluating an expression can do nothing but count."""
    if not isinstance(node, _ARITHMETIC):
        return False
    return all(_is_pure(child) for child in walk(node) if isinstance(child, cst.Call)) and not any(
        isinstance(child, cst.NamedExpr | cst.Lambda | cst.BaseComp) for child in walk(node)
    )


def _is_pure(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and (
        call.func.value in _PURE or "divisible" in call.func.value
    )
