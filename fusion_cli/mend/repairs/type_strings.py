"""Types named by strings carry a device with them; `.to` says what is meant."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    converted,
    receiver,
    rewritten,
    running,
    tensor_parameter,
)
from fusion_cli.syntax.tree import code, walk

SUMMARY = '`.type(x.type())`, `.type("torch.cuda.FloatTensor")` → `.to(x)`'
FOR_CHECKS = ("device", "dtypes", "compiles", "exports", "onnx")

_INTEGERS = {
    "LongTensor": "torch.int64",
    "IntTensor": "torch.int32",
    "ShortTensor": "torch.int16",
    "ByteTensor": "torch.uint8",
    "BoolTensor": "torch.bool",
}
_FLOATS = frozenset({"FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor"})


def repair(text: str) -> str:
    """Convert by tensors and dtypes: floats to the input's, integers where they are.

    `y.type(x.type())` becomes `y.to(x)`, which means the same. A floating type written as text
    becomes that of the method's tensor parameter.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in running(module):
            given = tensor_parameter(method)
            for node in walk(method):
                target = _target(source, node, given)
                if target is not None:
                    edits[node] = partial(converted, target=target)
    return edits


def _target(source: Source, node: cst.CSTNode, given: str | None) -> str | None:
    """What the argument of `.to` must be in place of `node`, a call of `.type`."""
    if receiver(node, "type") is None or not isinstance(node, cst.Call) or len(node.args) != 1:
        return None
    wanted = node.args[0].value
    like = receiver(wanted, "type")
    if like is not None and isinstance(wanted, cst.Call) and not wanted.args:
        return code(like).removesuffix(".data")
    name = _named(source, wanted)
    if name in _INTEGERS:
        return source.local(_INTEGERS[name])
    return given if name in _FLOATS else None


def _named(source: Source, wanted: cst.BaseExpression) -> str:
    """`FloatTensor` for `"torch.cuda.FloatTensor"` and for `torch.cuda.FloatTensor`."""
    if isinstance(wanted, cst.SimpleString):
        name = str(wanted.evaluated_value)
    else:
        name = source.dotted(wanted)
    before, _, last = name.rpartition(".")
    return last if before in ("torch", "torch.cuda") else ""
