"""A tensor that is a plain attribute stays on the CPU when the module moves."""

from __future__ import annotations

from functools import partial

import libcst as cst

from fusion_cli.source.repairs._code import (
    FACTORIES,
    Edits,
    Source,
    argument,
    constructing,
    rewritten,
    with_keyword,
)
from fusion_cli.source.tree import code, self_attribute, walk

SUMMARY = "`self.t = torch.…` in the constructor → `self.register_buffer(…)`"
FOR_CHECKS = ("device", "dtypes", "serialises")

_RANDOM = frozenset({"rand", "randn", "randint", "randperm", "empty", "normal", "bernoulli"})
_COMBINING = frozenset({
    "cat", "stack", "outer", "exp", "log", "sqrt", "sin", "cos", "abs", "arange", "flip",
    "clamp", "cumsum", "where", "einsum", "matmul", "diag", "tril", "triu", "full_like",
    "zeros_like", "ones_like", "from_numpy", "as_tensor", "hann_window", "hamming_window",
    "kron",
})  # fmt: skip
_METHODS = frozenset({
    "view", "reshape", "unsqueeze", "squeeze", "permute", "transpose", "t", "contiguous",
    "float", "half", "double", "long", "int", "bool", "type", "to", "repeat", "expand",
    "flatten", "clone", "detach", "triu", "tril", "sum", "mean", "exp", "log", "sqrt", "sin",
    "cos", "abs", "clamp", "pow", "flip", "cuda", "cpu", "div", "mul", "add", "sub",
    "masked_fill", "fill_", "normal_", "uniform_", "zero_",
})  # fmt: skip


def repair(text: str) -> str:
    """Register tensors that a constructor keeps as plain attributes.

    What the constructor computes anew each time stays out of the state_dict, so that checkpoints
    go on loading; what it draws at random is saved, because nothing else could bring it back.
    """
    return rewritten(text, _edits)


def _edits(source: Source) -> Edits:
    edits: Edits = {}
    for module in source.modules:
        for method in constructing(module):
            for node in _after_super(method):
                name = _kept_tensor(source, node, method)
                if name is not None:
                    persistent = bool(_RANDOM & _functions(node))
                    edits[node] = partial(_registered, name=name, persistent=persistent)
    return edits


def _after_super(method: cst.FunctionDef) -> list[cst.CSTNode]:
    """The nodes of a constructor behind its call of `super().__init__`."""
    nodes = list(walk(method))
    starts = [
        index
        for index, node in enumerate(nodes)
        if isinstance(node, cst.Call) and code(node.func).endswith("__init__")
    ]
    return nodes[starts[0] :] if starts else []


def _kept_tensor(source: Source, node: cst.CSTNode, method: cst.FunctionDef) -> str | None:
    """The attribute that an assignment makes a tensor, if it is the only one to set it."""
    if isinstance(node, cst.Assign) and len(node.targets) == 1:
        name = self_attribute(node.targets[0].target)
    elif isinstance(node, cst.AnnAssign):
        name = self_attribute(node.target)
    else:
        return None
    if name is None or node.value is None or not _is_tensor(source, node.value):
        return None
    set_at = [one for one in walk(method) if isinstance(one, cst.AssignTarget | cst.AnnAssign)]
    return name if sum(self_attribute(one.target) == name for one in set_at) == 1 else None


def _is_tensor(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression is a tensor without a gradient, by the functions that make it."""
    if isinstance(node, cst.BinaryOperation):
        return _is_tensor(source, node.left) or _is_tensor(source, node.right)
    if isinstance(node, cst.UnaryOperation):
        return _is_tensor(source, node.expression)
    if isinstance(node, cst.Subscript):
        return _is_tensor(source, node.value)
    if not isinstance(node, cst.Call) or argument(node, "requires_grad") is not None:
        return False
    if source.is_factory(node, FACTORIES | _COMBINING):
        return True
    func = node.func
    return (
        isinstance(func, cst.Attribute)
        and func.attr.value in _METHODS
        and _is_tensor(source, func.value)
    )


def _functions(node: cst.CSTNode) -> set[str]:
    """The last names of all that an expression calls."""
    calls = [one for one in walk(node) if isinstance(one, cst.Call)]
    return {code(one.func).rpartition(".")[2].rstrip("_") for one in calls}


def _registered(node: cst.Assign | cst.AnnAssign, name: str, persistent: bool) -> cst.Expr:
    """`self.register_buffer("t", …)` for `self.t = …`."""
    assert node.value is not None
    given = [cst.Arg(cst.SimpleString(f'"{name}"')), cst.Arg(node.value)]
    call = cst.Call(cst.parse_expression("self.register_buffer"), given)
    return cst.Expr(call if persistent else with_keyword(call, "persistent", "False"))
