"""Functions that drop do so in evaluation too, unless they are given the mode."""

from __future__ import annotations

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    argument,
    methods,
    rewritten,
    with_keyword,
)
from fusion_cli.syntax.tree import code, walk

SUMMARY = "F.dropout and attention that drop in eval mode → only in training"
FOR_CHECKS = ("modes",)

_DROPS = frozenset({
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
})  # fmt: skip
_ATTENTION = "torch.nn.functional.scaled_dot_product_attention"
_FIFTH = 4  # where that takes the probability


def repair(text: str) -> str:
    """Tell every such function in a module's methods whether the module trains.

    What is said already stays: `training=True` is how samples are drawn in evaluation on purpose.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in methods(module).values():
            names = [param.name.value for param in method.params.params[:1]]
            for node in walk(method) if names == ["self"] else ():
                if isinstance(node, cst.Call):
                    edits.update(_told(source, node))
    return edits


def _told(source: Source, call: cst.Call) -> Edits:
    module, _, name = source.called(call).rpartition(".")
    if module == "torch.nn.functional" and name in _DROPS:
        positional = [arg for arg in call.args if arg.keyword is None]
        known = argument(call, "training") is not None or len(positional) > 2
        return {} if known or _is_unpacked(call) else {call: _in_training}
    if f"{module}.{name}" != _ATTENTION or _is_unpacked(call):
        return {}
    given = argument(call, "dropout_p")
    if given is None and len(call.args) > _FIFTH and call.args[_FIFTH].keyword is None:
        given = call.args[_FIFTH]
    if given is None or isinstance(given.value, cst.IfExp) or "training" in code(given.value):
        return {}
    if isinstance(given.value, cst.BaseNumber) and not float(code(given.value)):
        return {}
    return {given: _in_training_only}


def _is_unpacked(call: cst.Call) -> bool:
    return any(arg.star for arg in call.args)


def _in_training(call: cst.Call) -> cst.Call:
    return with_keyword(call, "training", "self.training")


def _in_training_only(given: cst.Arg) -> cst.Arg:
    return given.with_changes(
        value=cst.IfExp(
            test=cst.parse_expression("self.training"), body=given.value, orelse=cst.Float("0.0")
        )
    )
