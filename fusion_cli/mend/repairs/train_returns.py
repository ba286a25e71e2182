"""`module.train()` and `module.eval()` are used in a chain: `model = Net().eval()`."""

from __future__ import annotations

import libcst as cst

from fusion_cli.mend.repairs._code import (
    Edits,
    Source,
    methods,
    rewritten,
)
from fusion_cli.syntax.tree import walk

SUMMARY = "`train` and `eval` that return nothing → return the module"
FOR_CHECKS = ("modes",)


def repair(text: str) -> str:
    """End an overridden `train` or `eval` that nowhere returns with `return self`."""
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    return {
        method.body: _returning
        for module in source.modules
        for name, method in methods(module).items()
        if name in ("train", "eval") and not any(isinstance(n, cst.Return) for n in walk(method))
        if isinstance(method.body, cst.IndentedBlock)
    }


def _returning(block: cst.IndentedBlock) -> cst.IndentedBlock:
    return block.with_changes(body=[*block.body, cst.parse_statement("return self")])
