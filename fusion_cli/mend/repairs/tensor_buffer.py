"""A tensor that is a plain attribute stays on the CPU when the module moves."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import partial

import libcst as cst

from fusion_cli.mend.repairs._code import (
    FACTORIES,
    Edits,
    Source,
    argument,
    constructing,
    rewritten,
    with_keyword,
)
from fusion_cli.syntax.tree import code, self_attribute, walk

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
            behind = {id(node) for node in _after_super(method)}
            drawn: dict[str, bool] = {}  # what holds a tensor so far, and whether it is random
            for node in walk(method):
                target = _target(node)
                if target is None or not isinstance(node, cst.Assign | cst.AnnAssign):
                    continue
                if node.value is None or not _is_tensor(source, node.value, drawn):
                    drawn.pop(code(target), None)
                    continue
                persistent = drawn[code(target)] = _is_drawn(node.value, drawn)
                name = self_attribute(target)
                if name is not None and id(node) in behind and _is_set_once(name, method):
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


def _target(node: cst.CSTNode) -> cst.BaseExpression | None:
    """What an assignment sets, if that is one thing."""
    if isinstance(node, cst.Assign) and len(node.targets) == 1:
        return node.targets[0].target
    return node.target if isinstance(node, cst.AnnAssign) else None


def _is_set_once(name: str, method: cst.FunctionDef) -> bool:
    set_at = [node for node in walk(method) if isinstance(node, cst.AssignTarget | cst.AnnAssign)]
    return sum(self_attribute(target.target) == name for target in set_at) == 1


def _is_tensor(source: Source, node: cst.BaseExpression, known: Container[str]) -> bool:
    """Whether an expression is a tensor without a gradient, by the functions and names it is of."""
    if isinstance(node, cst.BinaryOperation):
        return _is_tensor(source, node.left, known) or _is_tensor(source, node.right, known)
    if isinstance(node, cst.UnaryOperation):
        return _is_tensor(source, node.expression, known)
    if isinstance(node, cst.Subscript):
        return _is_tensor(source, node.value, known)
    if isinstance(node, cst.Name | cst.Attribute):
        return code(node) in known
    if not isinstance(node, cst.Call) or argument(node, "requires_grad") is not None:
        return False
    if source.is_factory(node, FACTORIES | _COMBINING):
        return True
    func = node.func
    return (
        isinstance(func, cst.Attribute)
        and func.attr.value in _METHODS
        and _is_tensor(source, func.value, known)
    )


def _is_drawn(node: cst.BaseExpression, drawn: Mapping[str, bool]) -> bool:
    """Whether random numbers are in an expression, its own or those of the names it is of."""
    parts = (code(child) for child in walk(node) if isinstance(child, cst.Name | cst.Attribute))
    return bool(_RANDOM & _functions(node)) or any(drawn.get(part, False) for part in parts)


def _functions(node: cst.CSTNode) -> set[str]:
    """The last names of all that an expression calls."""
    calls = [child for child in walk(node) if isinstance(child, cst.Call)]
    return {code(call.func).rpartition(".")[2].rstrip("_") for call in calls}


def _registered(node: cst.Assign | cst.AnnAssign, name: str, persistent: bool) -> cst.Expr:
    """`self.register_buffer("t", …)` for `self.t = …`."""
    assert node.value is not None
    given = [cst.Arg(cst.SimpleString(f'"{name}"')), cst.Arg(node.value)]
    call = cst.Call(cst.parse_expression("self.register_buffer"), given)
    return cst.Expr(call if persistent else with_keyword(call, "persistent", "False"))
