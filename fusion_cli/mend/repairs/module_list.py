"""Modules in a plain list have parameters that no optimiser, device or checkpoint sees."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    constructing,
    receiver,
    rewritten,
)
from fusion_cli.syntax.tree import code, self_attribute, walk

SUMMARY = "plain lists and dicts of modules → nn.ModuleList, nn.ModuleDict"
FOR_CHECKS = ("gradients", "device", "dtypes", "serialises", "finite", "modes")


def repair(text: str) -> str:
    """Register modules that a constructor keeps in a list or a dict of its own.

    A list that also goes into another container, as `nn.Sequential(*layers)`, is registered there
    already and is left alone.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in constructing(module):
            for node in walk(method):
                if isinstance(node, cst.Assign | cst.AnnAssign) and node.value is not None:
                    container = _container(source, node, method)
                    if container:
                        wrap = partial(_wrapped, container=source.local(f"torch.nn.{container}"))
                        edits[node.value] = wrap
    return edits


def _wrapped(value: cst.BaseExpression, container: str) -> cst.Call:
    """`nn.ModuleList([…])`; `nn.ModuleList()` for an empty list."""
    empty = isinstance(value, cst.List | cst.Dict) and not value.elements
    return cst.Call(cst.parse_expression(container), [] if empty else [cst.Arg(value)])


def _container(
    source: Source, node: cst.Assign | cst.AnnAssign, method: cst.FunctionDef
) -> str | None:
    """What must hold the modules that an assignment to `self.….` keeps in a list or dict."""
    target = node.target if isinstance(node, cst.AnnAssign) else node.targets[0].target
    value = node.value
    if self_attribute(target) is None or value is None or _is_unpacked(code(target), method):
        return None
    if isinstance(value, cst.Name):
        made = _assigned(value.value, method)
        if made is None or _is_unpacked(value.value, method):
            return None
        return "ModuleList" if _is_filled(source, made, value.value, method) else None
    if isinstance(value, cst.Dict):
        pairs = [element for element in value.elements if isinstance(element, cst.DictElement)]
        named = all(isinstance(pair.key, cst.SimpleString) for pair in pairs)
        return "ModuleDict" if _all_modules(source, value.elements) and named else None
    return _list_container(source, value, code(target), method)


def _is_unpacked(name: str, method: cst.FunctionDef) -> bool:
    """Whether a list is handed on, as in `nn.Sequential(*layers)` and `nn.ModuleList(layers)`."""
    given = [node for node in walk(method) if isinstance(node, cst.Arg | cst.StarredElement)]
    return any(code(value.value) == name for value in given)


def _list_container(
    source: Source, value: cst.BaseExpression, name: str, method: cst.FunctionDef
) -> str | None:
    if isinstance(value, cst.ListComp):
        if source.called(value.elt).startswith("torch.nn.Parameter"):
            return "ParameterList"
        return "ModuleList" if source.is_module(value.elt) else None
    if not isinstance(value, cst.List):
        return None
    parameters = [
        source.called(element.value) == "torch.nn.Parameter" for element in value.elements
    ]
    if parameters and all(parameters):
        return "ParameterList"
    return "ModuleList" if _is_filled(source, value, name, method) else None


def _is_filled(
    source: Source, made: cst.BaseExpression, name: str, method: cst.FunctionDef
) -> bool:
    """Whether a list that is made thus holds modules, and modules alone, when all is appended."""
    if isinstance(made, cst.ListComp):
        return source.is_module(made.elt)
    if not isinstance(made, cst.List):
        return False
    appended = [
        node.args[0].value
        for node in walk(method)
        if isinstance(node, cst.Call)
        and (given := receiver(node, "append")) is not None
        and code(given) == name
        and node.args
    ]
    values = [*(element.value for element in made.elements), *appended]
    return bool(values) and all(source.is_module(value) for value in values)


def _all_modules(source: Source, elements: object) -> bool:
    assert isinstance(elements, tuple | list)
    return bool(elements) and all(source.is_module(element.value) for element in elements)


def _assigned(name: str, method: cst.FunctionDef) -> cst.BaseExpression | None:
    """The value of a local name that is assigned once."""
    values = [
        node.value
        for node in walk(method)
        if isinstance(node, cst.Assign) and code(node.targets[0].target) == name
    ]
    return values[0] if len(values) == 1 else None
