"""Float32 constants of forward break modules that run in another precision."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    FLOATS,
    Edits,
    Source,
    argument,
    converted,
    receiver,
    rewritten,
    running,
    tensor_parameter,
    with_keyword,
)
from fusion_cli.syntax.tree import walk

SUMMARY = "float32 constants in forward → the input's dtype"
FOR_CHECKS = ("dtypes",)

_CONVERSIONS = frozenset({
    "to", "type_as", "type", "half", "double", "bfloat16", "float", "long", "int", "bool",
})  # fmt: skip


def repair(text: str) -> str:
    """Make floating constants of forward in the dtype of a tensor parameter of their method.

    `.float()` of the input itself is left alone: it is how one computes in full precision.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in running(module):
            given = tensor_parameter(method)
            if given is None:
                continue
            for node in walk(method):
                if _is_float_constant(source, node):
                    edits[node] = partial(with_keyword, name="dtype", value=f"{given}.dtype")
                elif _makes_constant_float(source, node):
                    edits[node] = partial(converted, target=f"{given}.dtype")
    return edits


def _is_float_constant(source: Source, node: cst.CSTNode) -> bool:
    """Whether `node` makes a float32 tensor, by its dtype or for want of one."""
    if not isinstance(node, cst.Call) or set(source.above(node)) & _CONVERSIONS:
        return False
    dtype = argument(node, "dtype")
    if dtype is None:
        spread = any(arg.star == "**" for arg in node.args)
        return source.is_factory(node, FLOATS) and not spread
    return source.is_factory(node) and _is_float32(source, dtype.value)


def _makes_constant_float(source: Source, node: cst.CSTNode) -> bool:
    """Whether `node` is `.float()`, or its like, of a constant: `torch.arange(n).float()`."""
    if not isinstance(node, cst.Call) or set(source.above(node)) & _CONVERSIONS:
        return False
    wide = receiver(node, "float") is not None and not node.args
    if receiver(node, "to") is not None and len(node.args) == 1 and not node.args[0].keyword:
        wide = _is_float32(source, node.args[0].value)
    made: cst.CSTNode = node
    while isinstance(made, cst.Call) and isinstance(made.func, cst.Attribute):
        if source.is_factory(made):
            return wide
        made = made.func.value
    return False


def _is_float32(source: Source, node: cst.BaseExpression) -> bool:
    return source.dotted(node) in ("torch.float32", "torch.float")
